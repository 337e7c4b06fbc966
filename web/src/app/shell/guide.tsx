import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { marked, type Token, type Tokens } from "marked";
import { Fragment, useState, type ReactNode } from "react";
import { currentLanguage, useT } from "../../i18n";
import { pictureNamed } from "./pictures";

const pages = import.meta.glob<string>("../../../../docs/user-guide/*/*.md", { query: "?raw", import: "default" });

const FOLDER = "../../../../docs/user-guide";

/** A page of the user guide, and from it the others. */
export default function Guide({ topic }: { topic: string }) {
  const t = useT();
  const language = currentLanguage();
  const [page, setPage] = useState(topic);
  const { data } = useQuery({
    queryKey: ["guide", language, page],
    queryFn: async () => (await pages[`${FOLDER}/${language}/${page}.md`]?.()) ?? "",
    staleTime: Infinity,
  });
  return (
    <article className="guide">
      {page !== "index" && (
        <Button type="link" size="small" onClick={() => setPage("index")}>
          {t("app.help.all")}
        </Button>
      )}
      {marked.lexer(data ?? "").map((token, index) => (
        <Fragment key={index}>{block(token, setPage)}</Fragment>
      ))}
    </article>
  );
}

type Open = (page: string) => void;

const inline = (tokens: Token[] | undefined, open: Open): ReactNode => tokens?.map((token, index) => <Fragment key={index}>{span(token, open)}</Fragment>);

function block(token: Token, open: Open): ReactNode {
  switch (token.type) {
    case "heading": {
      const Heading = `h${Math.min(6, (token as Tokens.Heading).depth + 1)}` as "h2";
      return <Heading>{inline(token.tokens, open)}</Heading>;
    }
    case "list": {
      const { ordered, items } = token as Tokens.List;
      const List = ordered ? "ol" : "ul";
      return (
        <List>
          {items.map((item, index) => (
            <li key={index}>{item.tokens.map((one, at) => <Fragment key={at}>{one.type === "text" ? inline((one as Tokens.Text).tokens, open) : block(one, open)}</Fragment>)}</li>
          ))}
        </List>
      );
    }
    case "table": {
      const { header, rows } = token as Tokens.Table;
      return (
        <table>
          <thead>
            <tr>
              {header.map((cell, index) => (
                <th key={index} scope="col">
                  {inline(cell.tokens, open)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                {row.map((cell, at) => (
                  <td key={at}>{inline(cell.tokens, open)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
    }
    case "paragraph":
      return <p>{inline(token.tokens, open)}</p>;
    default:
      return null;
  }
}

function span(token: Token, open: Open): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong>{inline(token.tokens, open)}</strong>;
    case "em":
      return <em>{inline(token.tokens, open)}</em>;
    case "codespan":
      return <kbd>{(token as Tokens.Codespan).text}</kbd>;
    case "image": {
      const name = (token as Tokens.Image).href.split("/").pop() ?? "";
      const source = pictureNamed(name);
      return source && <img src={source} alt={(token as Tokens.Image).text} loading="lazy" />;
    }
    case "link": {
      const target = /^([a-z-]+)\.md$/.exec((token as Tokens.Link).href);
      return target ? (
        <Button type="link" className="guide-link" onClick={() => open(target[1] ?? "index")}>
          {inline(token.tokens, open)}
        </Button>
      ) : (
        inline(token.tokens, open)
      );
    }
    default:
      return "text" in token ? String(token.text) : null;
  }
}
