import { collection } from "../api/records";
import { ApartmentOutlined } from "../ui/icons";
import type { Resource } from "../ui/resource";
import { lookedUp } from "./looked-up";
import { fetchPipelines } from "./pipelines";

const pipelines = collection("/v1/pipelines", "pipelines");

/** Ways of selling. */
export const pipeline: Resource = {
  name: "sales.pipeline",
  path: "/sales/settings/pipelines",
  api: lookedUp(pipelines, fetchPipelines),
  icon: <ApartmentOutlined />,
  title: (record) => String(record.name ?? ""),
  fields: [{ name: "name", kind: "text", required: true }],
};

/** The steps of all ways of selling. */
export const stage: Resource = {
  ...pipeline,
  name: "sales.stage",
  api: lookedUp(pipelines, async () => (await fetchPipelines()).flatMap(({ stages }) => stages)),
};
