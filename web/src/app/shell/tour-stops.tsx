import { Tour } from "antd";
import { currentLanguage, useT } from "../../i18n";
import { pictureNamed } from "./pictures";

/** What is shown, and the picture of the user guide that goes with it. */
const STOPS = [
  ["welcome", "dashboard"],
  ["navigation", "board"],
  ["search", "search"],
  ["new", "form"],
  ["help", "leads"],
  ["profile", "record"],
] as const;

/** Leads from one thing to the next, with pictures of what is behind them. */
export default function TourStops({ onEnd }: { onEnd: () => void }) {
  const t = useT();
  // There are pictures in English and in Chinese.
  const language = currentLanguage() === "en" ? "en" : "zh-CN";
  const steps = STOPS.map(([stop, picture]) => {
    const source = pictureNamed(`${language}-${picture}.png`);
    return {
      title: t(`app.tour.${stop}.title`),
      description: t(`app.tour.${stop}.text`),
      cover: source && <img src={source} alt="" key={picture} className="tour-picture" />,
      // Beside the navigation, which is as high as the page.
      placement: stop === "navigation" ? ("right" as const) : undefined,
      target: document.querySelector<HTMLElement>(`[data-tour="${stop}"]`),
    };
  });
  return <Tour open steps={steps} onClose={onEnd} onFinish={onEnd} closeIcon={<span aria-label={t("app.tour.skip")}>×</span>} />;
}
