import { isFront, loadAhead } from "./app/ahead";
import { chosenAppearance } from "./app/chosen";

// What the page looks like until the app is there; the look of the device is known to the style sheet.
const { dataset } = document.documentElement;
const appearance = chosenAppearance();
if (appearance !== "system") dataset.theme = appearance;
if (isFront(location.pathname)) dataset.waiting = "front";

void import("./main");
loadAhead();
