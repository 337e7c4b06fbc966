import { Suspense } from "react";
import { usePreference } from "../../api/preferences";
import { useWide } from "../../ui/wide";
import { lazily } from "../../ui/lazily";

const Stops = lazily(() => import("./tour-stops"));

/** Shows the first time, and whenever it is asked for, where things are. */
export function Tour({ asked, onClose }: { asked: boolean; onClose: () => void }) {
  const wide = useWide();
  const [seen, setSeen] = usePreference("tour-seen", false);
  if (!asked && (seen || !wide)) return null;
  const end = () => {
    setSeen(true);
    onClose();
  };
  return (
    <Suspense>
      <Stops onEnd={end} />
    </Suspense>
  );
}
