import type { Plugin } from "vite";

const IMPORT = /^import \{([^}]*)\} from "antd";$|^export \{([^}]*)\} from "antd";$/gm;

/** Where a component is in its package. */
const pathOf = (name: string) => `antd/es/${name.replace(/(?<=[a-z])[A-Z]/g, "-$&").toLowerCase()}`;

/** Has every component of Ant Design come from its own module, so that the build knows which file needs which. */
export function singleComponents(): Plugin {
  return {
    name: "single-components",
    enforce: "pre",
    apply: "build",
    transform(code, id) {
      if (!/\/src\/.*\.tsx?$/.test(id)) return undefined;
      return code.replace(IMPORT, (_, imported?: string, exported?: string) => {
        const names = (imported ?? exported ?? "").split(",").map((name) => name.trim());
        const values = names.filter((name) => name && !name.startsWith("type "));
        const single = values.map((value) => {
          const [name = "", alias = name] = value.split(" as ");
          return imported ? `import ${alias} from "${pathOf(name)}";` : `export { default as ${alias} } from "${pathOf(name)}";`;
        });
        const types = names.filter((name) => name.startsWith("type "));
        return [...single, ...(types.length > 0 ? [`import type { ${types.map((type) => type.slice(5)).join(", ")} } from "antd";`] : [])].join(" ");
      });
    },
  };
}
