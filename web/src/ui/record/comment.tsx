import { useQueries, useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useState } from "react";
import { COMMENT, commentsKey, deleteComment, editComment, type Words } from "../../api/comments";
import type { Schemas } from "../../api/client";
import { useCan, useMe } from "../../api/me";
import { asProblem } from "../../api/problem";
import { useT } from "../../i18n";
import { formatTime } from "../format";
import { DeleteOutlined, EditOutlined } from "../icons";
import { nameQuery, recordName } from "../names";
import { problemText } from "../problem-text";
import { CommentBox } from "./comment-box";
import { partsOf, type Person } from "./mentions";

export type Comment = Schemas["comment.Comment"];

/** Whom a comment addresses, as far as one may know their names. */
function usePeople(ids: readonly string[]): Person[] {
  const found = useQueries({ queries: ids.map((id) => nameQuery("identity.user", id)) });
  return ids.map((id, index) => ({ id, name: recordName("identity.user", found[index]?.data) }));
}

/** What somebody said; one's own words can be changed while the record is there. */
export function CommentEntry({ comment, fixed }: { comment: Comment; fixed: boolean }) {
  const t = useT();
  const can = useCan();
  const { user } = useMe();
  const queries = useQueryClient();
  const { message, modal } = App.useApp();
  const [editing, setEditing] = useState(false);
  const { text = "", author_id, author_name, create_time, update_time, mentioned_user_ids = [] } = comment;
  const people = usePeople(mentioned_user_ids);
  const mayEdit = author_id === user.id && !fixed && can.do(`${COMMENT}.update`);
  const mayDelete = can.doTo(`${COMMENT}.delete`, { id: comment.id ?? "", owner_id: author_id });
  const author = author_name || t("comment.somebody");
  const changed = () => queries.invalidateQueries({ queryKey: commentsKey(comment.resource ?? "", comment.record_id) });

  async function edit(words: Words) {
    try {
      await editComment(comment, words);
      setEditing(false);
      return true;
    } catch (error) {
      void message.error(problemText(asProblem(error), t));
      return false;
    } finally {
      await changed();
    }
  }
  const remove = () =>
    modal.confirm({
      title: t("comment.askDelete"),
      okText: t("ui.delete"),
      okButtonProps: { danger: true },
      cancelText: t("ui.cancel"),
      onOk: () =>
        deleteComment(comment)
          .catch((error: unknown) => void message.error(problemText(asProblem(error), t)))
          .finally(() => void changed()),
    });

  return (
    <li className="comment">
      <div className="comment-head">
        <b>{author}</b>
        <time className="muted tabular">{formatTime(create_time)}</time>
        {update_time !== create_time && (
          <span className="muted" title={formatTime(update_time)}>
            {t("comment.edited")}
          </span>
        )}
        <span className="spacer" />
        {mayEdit && !editing && <Button type="text" size="small" icon={<EditOutlined />} aria-label={t("comment.edit")} onClick={() => setEditing(true)} />}
        {mayDelete && !editing && (
          <Button
            type="text"
            size="small"
            icon={<DeleteOutlined />}
            aria-label={author_id === user.id ? t("comment.delete") : t("comment.deleteOf", { name: author })}
            onClick={remove}
          />
        )}
      </div>
      {editing ? (
        <CommentBox
          label={t("comment.edit")}
          submit={t("ui.save")}
          text={text}
          people={people}
          autoFocus
          onSubmit={edit}
          more={
            <Button size="small" onClick={() => setEditing(false)}>
              {t("ui.cancel")}
            </Button>
          }
        />
      ) : (
        <p className="comment-text">
          {partsOf(text, people).map((part, index) =>
            part.mention ? (
              <span key={index} className="mention">
                {part.text}
              </span>
            ) : (
              part.text
            ),
          )}
        </p>
      )}
    </li>
  );
}
