import { GlobalOutlined } from "../../ui/icons";
import { Button, Dropdown } from "antd";
import type { ReactNode } from "react";
import { languages, type Language } from "../../i18n";
import { useLanguage } from "../language";
import "./sign-in.css";

/** The frame of the pages that one sees before one is in. */
export function Frame({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  const [language, setLanguage] = useLanguage();
  const items = Object.entries(languages).map(([key, label]) => ({ key, label, lang: key }));
  return (
    <main className="front">
      <div className="front-card">
        <div className="row-between">
          <img src="/app/icon.svg" alt="" width={36} height={36} />
          <Dropdown trigger={["click"]} autoFocus menu={{ items, selectedKeys: [language], onClick: ({ key }) => setLanguage(key as Language) }}>
            <Button type="text" icon={<GlobalOutlined />} aria-haspopup="menu">
              {languages[language]}
            </Button>
          </Dropdown>
        </div>
        <h1>{title}</h1>
        {lead && <p className="muted">{lead}</p>}
        {children}
      </div>
    </main>
  );
}
