export const languages = { en: "English", "zh-CN": "简体中文", "zh-TW": "繁體中文" } as const;
export type Language = keyof typeof languages;

/** What loads the texts of each language, those of Ant Design with them. */
export const loaders = {
  en: () => import("./loaded/en"),
  "zh-CN": () => import("./loaded/zh-CN"),
  "zh-TW": () => import("./loaded/zh-TW"),
};

/** The language of the app that is nearest to the tag of any language. */
export function nearestLanguage(tag: string | undefined): Language {
  const lower = (tag ?? "").toLowerCase();
  if (!lower.startsWith("zh")) return "en";
  return /hant|tw|hk|mo/.test(lower) ? "zh-TW" : "zh-CN";
}
