import { beforeAll, describe, expect, it } from "vitest";
import schema from "../../../services/gateway/openapi.json";
import { account } from "../customers/account";
import { contact } from "../customers/contact";
import { user } from "../settings/user";
import { fieldLabel, groupLabel, kindLabel, valueLabel } from "../ui/field";
import { initialColumns } from "../ui/list/saved";
import { languages, nearestLanguage, speak, type Language } from ".";

const resources = [account, contact, user];
const schemas = schema.components.schemas as Record<string, { properties?: Record<string, unknown>; enum?: string[] }>;
const messageOf = { "customers.account": "customers.Account", "customers.contact": "customers.Contact", "identity.user": "identity.User" } as Record<string, string>;

describe.each(Object.keys(languages) as Language[])("in %s", (language) => {
  beforeAll(() => speak(language));

  it("every kind, field, group and value has a name", () => {
    for (const { name, fields } of resources) {
      expect(kindLabel(name)).not.toBe(name);
      for (const field of fields) {
        expect(fieldLabel(name, field.name), field.name).not.toBe(field.name);
        if (field.group) expect(groupLabel(name, field.group), field.group).not.toBe(field.group);
        for (const value of field.values ?? []) if (!value.endsWith("_UNSPECIFIED")) expect(valueLabel(name, value)).not.toBe(value);
      }
    }
  });
});

describe("the description of a kind of record", () => {
  it.each(resources.map((resource) => [resource.name, resource] as const))("%s names fields and values of the API", (name, { fields }) => {
    const properties = schemas[messageOf[name] ?? ""]?.properties ?? {};
    for (const field of fields) {
      expect(Object.keys(properties)).toContain(field.name);
      const reference = JSON.stringify(properties[field.name]);
      if (field.kind !== "choice") continue;
      const known = /#\/components\/schemas\/([\w.]+)/.exec(reference)?.[1] ?? "";
      const values = (schemas[known]?.enum ?? []).filter((value) => value !== "USER_STATUS_UNSPECIFIED");
      expect([...(field.values ?? [])].sort()).toEqual([...values].sort());
    }
  });

  it("shows some columns at first, the title before all others", () => {
    for (const resource of resources) expect(initialColumns(resource)[0]?.name).toBe(resource.fields[0]?.name);
  });
});

it("the nearest language is found for any tag", () => {
  const found = ["zh", "zh-Hans-CN", "zh-SG", "zh-TW", "zh-Hant", "zh-HK", "en-GB", "de", undefined].map(nearestLanguage);
  expect(found).toEqual(["zh-CN", "zh-CN", "zh-CN", "zh-TW", "zh-TW", "zh-TW", "en", "en", "en"]);
});
