import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Root } from "./app/root";
import { tameKeys } from "./app/keys";
import { chosenLanguage } from "./app/language";
import { speak } from "./i18n";
import "./app/app.css";

tameKeys();
await speak(chosenLanguage());
createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Root />
  </StrictMode>,
);
