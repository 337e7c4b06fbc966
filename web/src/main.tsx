import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Root } from "./app/root";
import { tameKeys } from "./app/keys";
import { chosenLanguage } from "./app/chosen";
import { speak } from "./i18n";

tameKeys();
// Nothing waits here: what the texts need may stand in the same file as this.
void speak(chosenLanguage()).then(() =>
  createRoot(document.getElementById("root") as HTMLElement).render(
    <StrictMode>
      <Root />
    </StrictMode>,
  ),
);
