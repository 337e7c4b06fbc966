import { App, Button, Result } from "antd";
import { Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { flushSync } from "react-dom";
import { Link, Navigate, NavLink, Route, Routes, useLocation } from "react-router";
import { useCan, useOrganization } from "../../api/me";
import { useT } from "../../i18n";
import { HelpContext } from "../../ui/help";
import { pictureAddress } from "../../ui/picture";
import { EditorProvider } from "../../ui/record/editor";
import "../../resources";
import { ErrorBoundary } from "../error-boundary";
import { NotFound } from "../not-found";
import { preview, usePreview } from "../preview";
import { roleLabel } from "../../ui/kinds/references";
import { domains, type Domain } from "./domains";
import { HelpDrawer } from "./help-drawer";
import { OutboxSender } from "./outbox";
import { Palette } from "./palette";
import { Rest } from "./rest";
import { ShortcutsDialog } from "./shortcuts";
import { PhoneBar, TopBar } from "./top-bar";
import { Tour } from "./tour";
import "./shell.css";
import { lazily } from "../../ui/lazily";

const ProfilePage = lazily(() => import("./profile"));

/** The domains with the pages that whoever is signed in may open. */
export function useDomains(): Domain[] {
  const can = useCan();
  return useMemo(
    () =>
      domains
        .map((domain) => ({ ...domain, entries: domain.entries.filter(({ permission }) => !permission || can.do(permission)) }))
        .filter((domain) => domain.entries.length > 0),
    [can],
  );
}

/** What surrounds every page: navigation, search, help. */
export default function Shell() {
  const t = useT();
  const shown = useDomains();
  const role = usePreview();
  const location = useLocation();
  const [dialog, setDialog] = useState<"palette" | "help" | "shortcuts" | "tour" | null>(null);
  const { message } = App.useApp();

  const openHelp = useCallback(() => setDialog("help"), []);

  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        // At once, so that it has every key that follows.
        flushSync(() => setDialog("palette"));
      }
      const typing = (event.target as HTMLElement).closest("input, textarea, [contenteditable]");
      if (!typing && event.key === "?") setDialog("shortcuts");
      if (event.key === "F1") {
        event.preventDefault();
        setDialog("help");
      }
    };
    const offline = () => void message.warning({ key: "connection", content: t("app.offline"), duration: 0 });
    const online = () => message.destroy("connection");
    document.addEventListener("keydown", keys);
    window.addEventListener("offline", offline);
    window.addEventListener("online", online);
    return () => {
      document.removeEventListener("keydown", keys);
      window.removeEventListener("offline", offline);
      window.removeEventListener("online", online);
    };
  }, [message, t]);

  const entries = shown.flatMap((domain) => domain.entries);
  const here = entries.find((entry) => location.pathname.startsWith(entry.path));
  useEffect(() => {
    document.title = here ? `${t(here.label)} · CRM` : "CRM";
  }, [here, t]);
  const first = entries[0]?.path ?? "/profile";

  return (
    <HelpContext value={openHelp}>
      <EditorProvider>
        <a className="skip-link" href="#page">
          {t("app.skip")}
        </a>
        {role && (
          <div className="preview-bar" role="status">
            {t("app.preview.banner", { role: roleLabel(role.name ?? "") })}
            <Button size="small" onClick={() => preview(null)}>
              {t("app.preview.end")}
            </Button>
          </div>
        )}
        <div className="shell">
          <nav className="side" aria-label={t("app.navigation")} data-tour="navigation">
            <Brand />
            {shown.map((domain) => (
              <section key={domain.name} aria-label={t(domain.label)}>
                <h2>{t(domain.label)}</h2>
                <ul>
                  {domain.entries.map((entry) => (
                    <li key={entry.path}>
                      <NavLink to={entry.path}>
                        {entry.icon} {t(entry.label)}
                      </NavLink>
                    </li>
                  ))}
                </ul>
              </section>
            ))}
          </nav>
          <div className="main">
            <TopBar onSearch={() => setDialog("palette")} onHelp={() => setDialog("help")} onShortcuts={() => setDialog("shortcuts")} onTour={() => setDialog("tour")} />
            <main id="page" className="page" tabIndex={-1}>
              <ErrorBoundary key={location.pathname}>
                <Suspense>
                  <Routes>
                    <Route index element={<Navigate to={first} replace />} />
                    {domains.map(({ name, Pages }) => (
                      <Route key={name} path={`${name}/*`} element={<Allowed shown={shown} name={name} Pages={Pages} />} />
                    ))}
                    <Route path="profile" element={<ProfilePage />} />
                    <Route path="*" element={<NotFound />} />
                  </Routes>
                </Suspense>
              </ErrorBoundary>
            </main>
            <PhoneBar entries={shown.flatMap((domain) => (domain.name === "settings" ? [] : domain.entries))} onSearch={() => setDialog("palette")} />
          </div>
        </div>
        <OutboxSender />
        <Rest />
        {dialog === "palette" && <Palette onClose={() => setDialog(null)} />}
        <HelpDrawer open={dialog === "help"} topic={here?.help ?? (location.pathname === "/profile" ? "profile" : "start")} onClose={() => setDialog(null)} />
        <ShortcutsDialog open={dialog === "shortcuts"} onClose={() => setDialog(null)} />
        <Tour asked={dialog === "tour"} onClose={() => setDialog(null)} />
      </EditorProvider>
    </HelpContext>
  );
}

/** Whose suite it is: the organization's logo if it has one. */
function Brand() {
  const { data } = useOrganization();
  const logo = pictureAddress(data?.logo);
  return (
    <Link to="/" className="brand">
      {logo ? (
        <img src={logo} alt={data?.name} className="logo" />
      ) : (
        <>
          <img src="/app/icon.svg" alt="" width={26} height={26} /> CRM
        </>
      )}
    </Link>
  );
}

/** The pages of a domain, if one may see the one that is asked for. */
function Allowed({ shown, name, Pages }: { shown: Domain[]; name: string; Pages: Domain["Pages"] }) {
  const t = useT();
  const { pathname } = useLocation();
  const all = domains.find((domain) => domain.name === name)?.entries ?? [];
  const asked = all.find((entry) => pathname.startsWith(entry.path));
  const allowed = shown.some((domain) => domain.entries.some((entry) => entry.path === asked?.path));
  if (asked && !allowed) return <Result status="403" title={<h1>{t("errors.PERMISSION_DENIED")}</h1>} />;
  return <Pages />;
}
