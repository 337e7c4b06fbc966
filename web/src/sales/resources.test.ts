import { beforeAll, describe, expect, it } from "vitest";
import schema from "../../../services/gateway/openapi.json";
import { languages, speak, textOf, type Language } from "../i18n";
import { fieldLabel, groupLabel, kindLabel, valueLabel } from "../ui/field";
import { initialColumns } from "../ui/list/saved";
import { lead } from "./lead";
import { opportunity } from "./opportunity";
import { product } from "./product";
import { assignmentRule, exchangeRate, leadForm, representative, target } from "./settings/resources";

const described = [lead, opportunity, product, leadForm, assignmentRule, representative, exchangeRate, target];
const schemas = schema.components.schemas as Record<string, { properties?: Record<string, unknown>; enum?: string[] }>;
const messages: Record<string, string> = {
  "sales.lead": "Lead",
  "sales.opportunity": "Opportunity",
  "sales.product": "Product",
  "sales.lead_form": "LeadForm",
  "sales.assignment_rule": "AssignmentRule",
  "sales.representative": "Representative",
  "sales.exchange_rate": "ExchangeRate",
  "sales.target": "Target",
};

describe.each(Object.keys(languages) as Language[])("in %s", (language) => {
  beforeAll(() => speak(language));

  it.each(described.map((resource) => [resource.name, resource] as const))("%s has a name for each field, group and value", (name, { fields }) => {
    expect(kindLabel(name)).not.toBe(name);
    for (const field of fields) {
      expect(fieldLabel(name, field.name), field.name).not.toBe(field.name);
      if (field.group) expect(groupLabel(name, field.group), field.group).not.toBe(field.group);
      for (const value of field.values ?? []) if (!value.endsWith("_UNSPECIFIED")) expect(valueLabel(name, value)).not.toBe(value);
    }
  });

  it("whatever the service may say of an assignment, a prediction or a notification has words", () => {
    for (const name of ["AssignmentReason", "CandidateOutcome", "AssignmentMethod", "StageType", "ContactRole"]) {
      for (const value of schemas[`sales.${name}`]?.enum ?? []) if (!value.endsWith("_UNSPECIFIED")) expect(valueLabel("sales.lead", value)).not.toBe(value);
    }
    for (const feature of ["stage", "source", "amount", "contacts", "decision_maker", "next_step", "age"]) expect(textOf(`sales.prediction.features.${feature}`)).toBeTruthy();
    for (const kind of schemas["identity.NotificationKind"]?.enum ?? []) if (!kind.endsWith("_UNSPECIFIED")) expect(textOf(`sales.notifications.${kind}`)).toBeTruthy();
  });
});

it.each(described.map((resource) => [resource.name, resource] as const))("%s names fields and values of the API", (name, resource) => {
  const { fields } = resource;
  const properties = schemas[`sales.${messages[name]}`]?.properties ?? {};
  for (const field of fields) {
    expect(Object.keys(properties)).toContain(field.name);
    if (field.kind !== "choice") continue;
    const known = /#\/components\/schemas\/([\w.]+)/.exec(JSON.stringify(properties[field.name]))?.[1] ?? "";
    expect([...(field.values ?? [])].sort()).toEqual([...(schemas[known]?.enum ?? [])].sort());
  }
  expect(initialColumns(resource)[0]?.name).toBe(fields[0]?.name);
});
