import { Button, Result } from "antd";
import { useEffect, useMemo, type ReactNode } from "react";
import { Navigate, useLocation } from "react-router";
import { MeContext, useMeQuery } from "../api/me";
import { asProblem } from "../api/problem";
import { useT } from "../i18n";
import { problemText } from "../ui/problem-text";
import { followProfile } from "./language";
import { usePreview } from "./preview";
import { ForcedChange } from "./sign-in/forced-change";

/** Shows pages to somebody who is signed in; anybody else is asked to. */
export function Session({ children }: { children: ReactNode }) {
  const t = useT();
  const { data, error, isPending, refetch } = useMeQuery();
  const location = useLocation();
  const role = usePreview();
  const language = data?.user.language;
  useEffect(() => followProfile(language), [language]);
  const me = useMemo(
    () => (data && role ? { ...data, grants: role.grants ?? [], fieldRules: role.field_rules ?? [] } : data),
    [data, role],
  );
  // The page shows that it waits for as long as nothing else is in it.
  if (isPending) return null;
  if (me === undefined) {
    return (
      <Result
        status="warning"
        title={problemText(asProblem(error), t)}
        extra={<Button onClick={() => void refetch()}>{t("ui.retry")}</Button>}
      />
    );
  }
  if (me === null) {
    const here = `${location.pathname}${location.search}`;
    return <Navigate to={here === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(here)}`} replace />;
  }
  if (me.passwordChangeRequired) return <ForcedChange />;
  return <MeContext value={me}>{children}</MeContext>;
}
