import { StyleProvider } from "@ant-design/cssinjs";
import { App, ConfigProvider, theme as antd, type ThemeConfig } from "antd";
import { useEffect, useSyncExternalStore, type ReactNode } from "react";
import { useDevicePreference } from "../api/preferences";
import { useComponentTexts } from "../i18n";
import { LoadingOutlined } from "../ui/icons";
import type { Appearance } from "./chosen";

export type { Appearance } from "./chosen";

/** The icon of a button that waits is there and gone at once: the motion by which it would come and go may never end. */
const BUTTONS = { autoInsertSpace: false, loadingIcon: <LoadingOutlined /> };

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

/** How the app looks, and how to change it. */
export function useAppearance(): [Appearance, (appearance: Appearance) => void] {
  return useDevicePreference<Appearance>("appearance", "system");
}

/** Whether the device is set to something. */
function useDevice(setting: MediaQueryList): boolean {
  return useSyncExternalStore(
    (listener) => {
      setting.addEventListener("change", listener);
      return () => setting.removeEventListener("change", listener);
    },
    () => setting.matches,
  );
}

function useDark(): boolean {
  const [appearance] = useAppearance();
  const system = useDevice(dark);
  return appearance === "system" ? system : appearance === "dark";
}

function themeOf(isDark: boolean, isStill: boolean): ThemeConfig {
  return {
    algorithm: isDark ? antd.darkAlgorithm : antd.defaultAlgorithm,
    hashed: false,
    cssVar: { key: isDark ? "theme-dark" : "theme-light" },
    token: {
      colorPrimary: isDark ? "#3d7bd0" : "#1f5fae",
      colorPrimaryHover: isDark ? "#5b95e3" : "#2c6cbb",
      colorLinkHover: isDark ? "#c3d9fb" : "#2c6cbb",
      colorLink: isDark ? "#aacbfa" : "#1f5fae",
      colorInfo: isDark ? "#3d7bd0" : "#1f5fae",
      colorBgLayout: isDark ? "#141619" : "#f5f6f8",
      colorBgContainer: isDark ? "#1b1e22" : "#ffffff",
      colorBgElevated: isDark ? "#24282e" : "#ffffff",
      colorText: isDark ? "rgba(255,255,255,0.9)" : "rgba(15,20,28,0.9)",
      // The paler ones of Ant Design are too pale to be read by everybody.
      colorTextSecondary: isDark ? "rgba(255,255,255,0.7)" : "rgba(15,20,28,0.68)",
      colorTextTertiary: isDark ? "rgba(255,255,255,0.64)" : "rgba(15,20,28,0.64)",
      colorTextDescription: isDark ? "rgba(255,255,255,0.7)" : "rgba(15,20,28,0.68)",
      colorTextPlaceholder: isDark ? "rgba(255,255,255,0.6)" : "rgba(15,20,28,0.6)",
      colorTextDisabled: isDark ? "rgba(255,255,255,0.55)" : "rgba(15,20,28,0.58)",
      colorError: isDark ? "#ff9a98" : "#c62f2d",
      colorErrorText: isDark ? "#ff9a98" : "#c62f2d",
      borderRadius: 7,
      fontFamily:
        "'Segoe UI', -apple-system, BlinkMacSystemFont, Roboto, 'Noto Sans', 'Helvetica Neue', Arial, 'Liberation Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif",
      // What moves is over at once, but it does move: what opens takes the focus at the end of it.
      motionDurationFast: isStill ? "0.001s" : "0.1s",
      motionDurationMid: isStill ? "0.001s" : "0.12s",
      motionDurationSlow: isStill ? "0.001s" : "0.18s",
    },
    components: {
      Button: {
        colorPrimaryHover: isDark ? "#3a74c0" : "#2c6cbb",
        defaultHoverColor: isDark ? "#aacbfa" : "#1f5fae",
        defaultHoverBorderColor: isDark ? "#5b95e3" : "#2c6cbb",
        primaryShadow: "none",
        defaultShadow: "none",
        dangerShadow: "none",
        dangerColor: isDark ? "#2a0d0c" : "#ffffff",
      },
      Dropdown: { colorPrimary: isDark ? "#aacbfa" : "#1f5fae", colorError: isDark ? "#ffaaa8" : "#c62f2d" },
    },
  };
}

/** Gives everything its look and Ant Design its language. */
export function Themed({ children }: { children: ReactNode }) {
  const isDark = useDark();
  const isStill = useDevice(still);
  const locale = useComponentTexts();
  useEffect(() => {
    const { classList, dataset } = document.documentElement;
    classList.remove("theme-light", "theme-dark");
    classList.add(isDark ? "theme-dark" : "theme-light");
    dataset.theme = isDark ? "dark" : "light";
  }, [isDark]);
  return (
    <StyleProvider layer>
      <ConfigProvider theme={themeOf(isDark, isStill)} locale={locale} button={BUTTONS}>
        <App component={false}>{children}</App>
      </ConfigProvider>
    </StyleProvider>
  );
}
