import { MenuOutlined, PlusOutlined, QuestionCircleOutlined, SearchOutlined, UserOutlined } from "../../ui/icons";
import { App, Button, Dropdown, Tooltip, type MenuProps } from "antd";
import { useLocation, useNavigate, NavLink } from "react-router";
import { answer, client } from "../../api/client";
import { forgetDrafts } from "../../api/drafts";
import { useCan, useMe } from "../../api/me";
import { waitingOf } from "../../api/outbox";
import { writePreference } from "../../api/storage";
import { languages, useT, type Language } from "../../i18n";
import { kindLabel } from "../../ui/field";
import { useEditor } from "../../ui/record/editor";
import { resourceNamed } from "../../ui/registry";
import { useLanguage } from "../language";
import { useAppearance, type Appearance } from "../theme";
import type { Entry } from "./domains";
import { NotificationsButton } from "./notifications";
import { OutboxButton } from "./outbox";
import { useDomains } from "./shell";

interface Props {
  onSearch: () => void;
  onHelp: () => void;
  onShortcuts: () => void;
  onTour: () => void;
}

/** The kinds of records that can be made from anywhere. */
const CREATED = ["customers.account", "customers.contact", "sales.lead", "sales.opportunity"];

/** Ends the session; what could not be sent yet is asked about first. */
export function useSignOut() {
  const t = useT();
  const me = useMe();
  const { modal } = App.useApp();
  return () => {
    const leave = async () => {
      await answer(client.POST("/v1/sessions:signOut", { body: {} })).catch(() => undefined);
      // Nothing of what a person was about to save stays on a device that others may use.
      writePreference(me.user.id, "outbox", []);
      forgetDrafts(me.user.id);
      // The page begins anew, so that nothing of this person is left in it, not even where he or she was.
      window.location.assign("/sign-in");
    };
    if (waitingOf(me.user.id).length === 0) return void leave();
    modal.confirm({ title: t("app.outbox.lost"), okText: t("app.signOut"), cancelText: t("ui.cancel"), onOk: leave });
  };
}

/** What makes a new record of each kind that one may make. */
export function useCreateItems(): NonNullable<MenuProps["items"]> {
  const can = useCan();
  const editor = useEditor();
  return CREATED.flatMap((name) => {
    const resource = resourceNamed(name);
    if (!resource || !can.do(`${name}.create`)) return [];
    return [{ key: name, icon: resource.icon, label: kindLabel(name), onClick: () => editor.create(resource) }];
  });
}

/** What stands over every page. */
export function TopBar({ onSearch, onHelp, onShortcuts, onTour }: Props) {
  const t = useT();
  const me = useMe();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const created = useCreateItems();
  const [language, setLanguage] = useLanguage();
  const [appearance, setAppearance] = useAppearance();
  const user: MenuProps["items"] = [
    { key: "profile", label: t("app.profile.title"), onClick: () => void navigate("/profile") },
    {
      key: "appearance",
      label: t("app.appearance.title"),
      children: (["system", "light", "dark"] as const).map((one) => ({ key: one, label: t(`app.appearance.${one}`), onClick: () => setAppearance(one) })),
    },
    {
      key: "language",
      label: t("app.language"),
      children: Object.entries(languages).map(([key, label]) => ({ key, label, onClick: () => setLanguage(key as Language) })),
    },
    { type: "divider" },
    { key: "sign-out", label: t("app.signOut"), onClick: signOut },
  ];
  const help: MenuProps["items"] = [
    { key: "page", label: t("app.help.page"), onClick: onHelp },
    { key: "keys", label: t("app.shortcuts.title"), onClick: onShortcuts },
    { key: "tour", label: t("app.tour.again"), onClick: onTour },
  ];
  return (
    <header className="top">
      <button type="button" className="search-button" onClick={onSearch} data-tour="search">
        <SearchOutlined /> <span>{t("app.search.open")}</span> <kbd>Ctrl K</kbd>
      </button>
      <span className="spacer" />
      <OutboxButton />
      <NotificationsButton />
      {created.length > 0 && (
        <Dropdown trigger={["click"]} autoFocus menu={{ items: created }}>
          <Button className="wide-only" icon={<PlusOutlined />} aria-label={t("app.create")} aria-haspopup="menu" data-tour="new" />
        </Dropdown>
      )}
      <Dropdown trigger={["click"]} autoFocus menu={{ items: help }}>
        <Button type="text" icon={<QuestionCircleOutlined />} aria-label={t("app.help.title")} aria-haspopup="menu" data-tour="help" />
      </Dropdown>
      <Dropdown trigger={["click"]} autoFocus menu={{ items: user, selectedKeys: [language, appearance satisfies Appearance] }}>
        <Tooltip title={me.user.email}>
          <Button type="text" icon={<UserOutlined />} aria-haspopup="menu" aria-label={t("app.profile.menu", { name: me.user.display_name })} data-tour="profile">
            <span className="wide-only">{me.user.display_name}</span>
          </Button>
        </Tooltip>
      </Dropdown>
    </header>
  );
}

/** What a telephone shows at its lower edge, where the thumb is. */
export function PhoneBar({ entries, onSearch }: { entries: Entry[]; onSearch: () => void }) {
  const t = useT();
  const editor = useEditor();
  const can = useCan();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const shown = useDomains();
  const here = CREATED.map(resourceNamed).find((resource) => resource && pathname.startsWith(resource.path));
  const target = here ?? resourceNamed(CREATED[0]);
  const more: MenuProps["items"] = [
    ...shown.map((domain) => ({
      key: domain.name,
      type: "group" as const,
      label: t(domain.label),
      children: domain.entries.map((entry) => ({ key: entry.path, icon: entry.icon, label: t(entry.label), onClick: () => void navigate(entry.path) })),
    })),
    { key: "profile", icon: <UserOutlined />, label: t("app.profile.title"), onClick: () => void navigate("/profile") },
  ];
  return (
    <nav className="phone-bar" aria-label={t("app.navigation")}>
      {entries.slice(0, 2).map((entry) => (
        <NavLink key={entry.path} to={entry.path}>
          {entry.icon}
          <span>{t(entry.label)}</span>
        </NavLink>
      ))}
      {target && can.do(`${target.name}.create`) && (
        <button type="button" className="phone-new" aria-label={t("ui.form.new", { kind: kindLabel(target.name) })} onClick={() => editor.create(target)}>
          <PlusOutlined />
        </button>
      )}
      <button type="button" onClick={onSearch}>
        <SearchOutlined />
        <span>{t("app.search.title")}</span>
      </button>
      <Dropdown trigger={["click"]} autoFocus placement="topRight" menu={{ items: more }}>
        <button type="button" aria-haspopup="menu">
          <MenuOutlined />
          <span>{t("app.more")}</span>
        </button>
      </Dropdown>
    </nav>
  );
}
