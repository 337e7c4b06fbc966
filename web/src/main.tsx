import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Root } from "./app/root";
import { chosenLanguage } from "./app/language";
import { speak } from "./i18n";
import "./app/app.css";

await speak(chosenLanguage());
createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Root />
  </StrictMode>,
);
