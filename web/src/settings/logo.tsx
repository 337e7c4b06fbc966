import { Button } from "antd";
import { useRef, useState } from "react";
import { useT } from "../i18n";
import { PICTURES, pictureAddress, readPicture } from "../ui/picture";

interface Props {
  id?: string;
  /** The picture in base64. */
  value?: string;
  onChange?: (value: string) => void;
  disabled?: boolean;
}

/** Chooses the organization's logo and shows it. */
export function LogoInput({ id, value, onChange, disabled }: Props) {
  const t = useT();
  const file = useRef<HTMLInputElement>(null);
  const [refused, setRefused] = useState(false);
  const shown = pictureAddress(value);

  async function take(chosen: File | undefined) {
    if (!chosen) return;
    const picture = await readPicture(chosen);
    setRefused(!picture);
    if (picture) onChange?.(picture);
  }
  return (
    <div className="logo-input">
      {shown && <img src={shown} alt={t("identity.organization.logo")} />}
      {!disabled && (
        <>
          <Button onClick={() => file.current?.click()}>
            {t("identity.organization.pickLogo")}
          </Button>
          {shown && (
            <Button type="link" onClick={() => onChange?.("")}>
              {t("identity.organization.removeLogo")}
            </Button>
          )}
          <input
            id={id}
            ref={file}
            type="file"
            accept={PICTURES}
            onChange={(event) => {
              void take(event.target.files?.[0]);
              // The same file can be chosen again.
              event.target.value = "";
            }}
          />
        </>
      )}
      {refused && <p role="alert">{t("errors.PICTURE_INVALID")}</p>}
    </div>
  );
}
