import { Modal } from "antd";
import { useT, type Key } from "../../i18n";

const KEYS: [string, Key][] = [
  ["Ctrl K", "app.shortcuts.palette"],
  ["/", "app.shortcuts.search"],
  ["n", "app.shortcuts.create"],
  ["j  k", "app.shortcuts.move"],
  ["Enter", "app.shortcuts.open"],
  ["e", "app.shortcuts.edit"],
  ["F2", "app.shortcuts.inline"],
  ["x", "app.shortcuts.select"],
  ["Delete", "app.shortcuts.remove"],
  ["Shift F10", "app.shortcuts.menu"],
  ["Ctrl Enter", "app.shortcuts.save"],
  ["F1", "app.shortcuts.help"],
  ["?", "app.shortcuts.keys"],
];

/** Lists the keys that do something. */
export function ShortcutsDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useT();
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t("app.shortcuts.title")}>
      <dl className="keys">
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              {keys.split("  ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(does)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
