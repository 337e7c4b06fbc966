import { createContext, useContext } from "react";

export const HelpContext = createContext<() => void>(() => undefined);

/** Opens the page of the user guide that explains where one is. */
export const useHelp = () => useContext(HelpContext);
