import { useT } from "../i18n";

/** Where lines will be that are on their way. */
export function Bones({ count = 3 }: { count?: number }) {
  const t = useT();
  return (
    <div className="bones" role="status" aria-label={t("ui.loading")}>
      {Array.from({ length: count }, (_, at) => (
        <span key={at} className="bone" />
      ))}
    </div>
  );
}
