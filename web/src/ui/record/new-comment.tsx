import { useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useCallback } from "react";
import { COMMENT, commentsKey, createComment, type Words } from "../../api/comments";
import { draftOf, keepDraft, type Draft } from "../../api/drafts";
import { newId } from "../../api/id";
import { useCan, useMe } from "../../api/me";
import { keep } from "../../api/outbox";
import { asProblem } from "../../api/problem";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { problemText } from "../problem-text";
import type { Resource } from "../resource";
import { CommentBox } from "./comment-box";

const NOTHING: Draft = { text: "", people: [] };

/**
 * Where one says something about a record. Without a connection it is kept and sent later; what was only begun is there
 * when one comes back.
 */
export function NewComment({ resource, record }: { resource: Resource; record: Data }) {
  const t = useT();
  const can = useCan();
  const { user } = useMe();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const place = `${resource.name}/${record.id}`;
  const begun = draftOf(user.id, place);
  const type = useCallback((text: string, people: Draft["people"]) => keepDraft(user.id, place, { text, people }), [user.id, place]);
  if (record.delete_time || !can.do(`${COMMENT}.create`)) return null;

  async function say(words: Words) {
    const id = newId();
    try {
      await createComment(resource.name, record.id, words, id);
      keepDraft(user.id, place, NOTHING);
      await queries.invalidateQueries({ queryKey: commentsKey(resource.name, record.id) });
      return true;
    } catch (error) {
      const problem = asProblem(error);
      if (!problem.passes) {
        void message.error(problemText(problem, t));
        return false;
      }
      keep(user.id, { id, resource: COMMENT, title: resource.title(record), values: { ...words, resource: resource.name, record_id: record.id } });
      keepDraft(user.id, place, NOTHING);
      void message.warning(t("ui.outbox.kept"));
      return true;
    }
  }
  return <CommentBox key={record.id} label={t("comment.write")} submit={t("comment.send")} text={begun?.text} people={begun?.people} onType={type} onSubmit={say} />;
}
