import type { Texts } from "..";
import app from "./app";
import customers from "./customers";
import errors from "./errors";
import feed from "./feed";
import identity from "./identity";
import sales from "./sales";
import ui from "./ui";

export default { app, customers, errors, feed, identity, sales, ui } satisfies Texts;
