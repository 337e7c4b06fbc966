import { Tour as Steps } from "antd";
import { usePreference } from "../../api/preferences";
import { useT } from "../../i18n";
import { useWide } from "../../ui/wide";

const STOPS = ["navigation", "search", "new", "help", "profile"] as const;

/** Shows the first time, and whenever it is asked for, where things are. */
export function Tour({ asked, onClose }: { asked: boolean; onClose: () => void }) {
  const t = useT();
  const wide = useWide();
  const [seen, setSeen] = usePreference("tour-seen", false);
  if (!asked && (seen || !wide)) return null;
  const steps = STOPS.map((stop) => ({
    title: t(`app.tour.${stop}.title`),
    description: t(`app.tour.${stop}.text`),
    target: document.querySelector<HTMLElement>(`[data-tour="${stop}"]`),
  }));
  const end = () => {
    setSeen(true);
    onClose();
  };
  return (
    <Steps
      open
      steps={[{ title: t("app.tour.welcome.title"), description: t("app.tour.welcome.text") }, ...steps]}
      onClose={end}
      onFinish={end}
      closeIcon={<span aria-label={t("app.tour.skip")}>×</span>}
    />
  );
}
