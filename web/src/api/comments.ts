import { answer, client, send, type Schemas } from "./client";
import { newId } from "./id";
import type { Collection, Data } from "./records";

type Comment = Schemas["comment.Comment"];

/** As permissions, logs and what waits on the device call it. */
export const COMMENT = "comment.comment";

/** What somebody says, and whom it addresses. */
export interface Words {
  text: string;
  mentioned_user_ids: string[];
}

/** The key under which what was said about a record is kept. */
export const commentsKey = (resource: string, recordId: unknown) => ["comments", resource, recordId];

/** What was said about a record, the newest first, a page at a time. */
export function listComments(resource: string, record_id: string, page_token: string, signal: AbortSignal) {
  return answer(client.GET("/v1/comments/{resource}/{record_id}", { params: { path: { resource, record_id }, query: { page_size: 20, page_token } }, signal }));
}

/** Says something about a record; with the same key it is said once. */
export function createComment(resource: string, recordId: string, words: Words, idempotencyKey = newId()): Promise<Comment> {
  return send({ method: "POST", path: `/v1/comments/${resource}/${recordId}`, body: words, idempotencyKey });
}

const pathOf = ({ resource = "", record_id = "", id = "" }: Comment) => ({ resource, record_id, id });

/** Says it differently. */
export function editComment(comment: Comment, words: Words): Promise<Comment> {
  return answer(client.POST("/v1/comments/{resource}/{record_id}/{id}/edit", { params: { path: pathOf(comment) }, body: { ...words, etag: comment.etag } }));
}

/** Takes a comment back. */
export function deleteComment(comment: Comment) {
  return answer(client.DELETE("/v1/comments/{resource}/{record_id}/{id}", { params: { path: pathOf(comment) } }));
}

/** Sends comments that have waited on this device. */
export const waitingComments: Pick<Collection, "create"> = {
  async create({ resource, record_id, ...words }, key) {
    const said = await createComment(String(resource), String(record_id), words as unknown as Words, key);
    return said as Data;
  },
};
