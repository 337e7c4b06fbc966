import type { Texts } from "..";
import app from "./app";
import comment from "./comment";
import customers from "./customers";
import errors from "./errors";
import feed from "./feed";
import identity from "./identity";
import sales from "./sales";
import ui from "./ui";

export default { app, comment, customers, errors, feed, identity, sales, ui } satisfies Texts;
