import { DownOutlined, EyeOutlined } from "../icons";
import { App, Button, Dropdown, Input, type MenuProps } from "antd";
import { newId } from "../../api/id";
import { useT } from "../../i18n";
import { kindLabel } from "../field";
import type { Resource } from "../resource";
import type { Column, ListState, SavedView } from "./state";

interface Props {
  resource: Resource;
  state: ListState;
  columns: Column[];
  views: SavedView[];
  current: SavedView | undefined;
  onOpen: (view: SavedView | undefined) => void;
  onSave: (view: SavedView) => void;
  onRemove: (id: string) => void;
  /** Shows the deleted records instead, or the others again. */
  onDeleted: () => void;
}

/** Opens, keeps and forgets views of a list. */
export function ViewMenu({ resource, state, columns, views, current, onOpen, onSave, onRemove, onDeleted }: Props) {
  const t = useT();
  const { modal } = App.useApp();
  const all = t("ui.views.all", { kind: kindLabel(resource.name, "many") });

  function saveAs() {
    let name = "";
    const create = () => {
      if (!name.trim()) return Promise.reject(new Error("a view needs a name"));
      const view = { ...state, id: newId(), name: name.trim(), columns };
      onSave(view);
      onOpen(view);
      return Promise.resolve();
    };
    const dialog = modal.confirm({
      title: t("ui.views.saveAs"),
      icon: null,
      okText: t("ui.save"),
      cancelText: t("ui.cancel"),
      content: (
        <Input
          autoFocus
          aria-label={t("ui.views.name")}
          placeholder={t("ui.views.name")}
          maxLength={60}
          onChange={(event) => (name = event.target.value)}
          onPressEnter={() => void create().then(() => dialog.destroy(), () => undefined)}
        />
      ),
      onOk: create,
    });
  }

  const items: MenuProps["items"] = [
    { key: "all", label: all, onClick: () => onOpen(undefined) },
    ...views.map((view) => ({ key: view.id, label: view.name, onClick: () => onOpen(view) })),
    ...(resource.restored ? [{ key: "deleted", label: t("ui.list.deleted"), onClick: onDeleted }] : []),
    { type: "divider" },
    { key: "save-as", label: t("ui.views.saveAs"), onClick: saveAs },
    ...(current
      ? [
          { key: "save", label: t("ui.views.save", { name: current.name }), onClick: () => onSave({ ...current, ...state, columns }) },
          {
            key: "remove",
            danger: true,
            label: t("ui.views.remove", { name: current.name }),
            onClick: () => {
              onRemove(current.id);
              onOpen(undefined);
            },
          },
        ]
      : []),
  ];
  return (
    <Dropdown trigger={["click"]} menu={{ items, selectedKeys: [state.deleted ? "deleted" : (current?.id ?? "all")] }}>
      <Button icon={<EyeOutlined />} aria-haspopup="menu">
        {current?.name ?? t("ui.views.title")} <DownOutlined />
      </Button>
    </Dropdown>
  );
}
