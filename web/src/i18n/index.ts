import i18next from "i18next";
import { useSyncExternalStore } from "react";
import type en from "./en";

type Loose<T> = { [K in keyof T]: T[K] extends string ? string : Loose<T[K]> };
type Paths<T, P extends string = ""> = {
  [K in keyof T & string]: T[K] extends string ? `${P}${K}` : Paths<T[K], `${P}${K}.`>;
}[keyof T & string];

/** What every language has to say. */
export type Texts = Loose<typeof en>;
/** The name of one text. */
export type Key = Paths<typeof en>;
/** Says a text with values in it. */
export type Translate = (key: Key, values?: Record<string, string | number>) => string;

export const languages = { en: "English", "zh-CN": "简体中文", "zh-TW": "繁體中文" } as const;
export type Language = keyof typeof languages;

const loaders: Record<Language, () => Promise<{ default: Texts }>> = {
  en: () => import("./en"),
  "zh-CN": () => import("./zh-CN"),
  "zh-TW": () => import("./zh-TW"),
};

/** The language of the app that is nearest to the tag of any language. */
export function nearestLanguage(tag: string | undefined): Language {
  const lower = (tag ?? "").toLowerCase();
  if (!lower.startsWith("zh")) return "en";
  return /hant|tw|hk|mo/.test(lower) ? "zh-TW" : "zh-CN";
}

/** Shows everything in a language from now on. */
export async function speak(language: Language) {
  if (!i18next.isInitialized) {
    await i18next.init({
      lng: language,
      resources: {},
      fallbackLng: false,
      interpolation: { escapeValue: false },
      returnNull: false,
    });
  }
  if (!i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", (await loaders[language]()).default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** The language in which the app speaks. */
export function currentLanguage(): Language {
  return nearestLanguage(i18next.language);
}

const translations = new Map<string, Translate>();

function translation(): Translate {
  const made = translations.get(i18next.language) ?? ((key, values) => i18next.t(key, values ?? {}));
  translations.set(i18next.language, made);
  return made;
}

function onLanguage(listener: () => void) {
  i18next.on("languageChanged", listener);
  return () => i18next.off("languageChanged", listener);
}

/** Says texts in the current language, and again when it changes. A list has hundreds of places that do. */
export function useT(): Translate {
  return useSyncExternalStore(onLanguage, translation);
}

/** A text whose name is known when the app runs only; `undefined` if there is none. */
export function textOf(key: string, values?: Record<string, string | number>): string | undefined {
  return i18next.exists(key) ? i18next.t(key, values ?? {}) : undefined;
}
