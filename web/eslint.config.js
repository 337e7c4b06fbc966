import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import typescript from "typescript-eslint";

export default typescript.config(
  { ignores: ["dist", "docs", "src/api/schema.d.ts"] },
  ...typescript.configs.recommended,
  { files: ["src/**/*.{ts,tsx}"], ...hooks.configs.flat["recommended-latest"] },
  {
    files: ["src/**/*.{ts,tsx}"],
    rules: {
      // It warns of what React's compiler would make of a library; the compiler is not used.
      "react-hooks/incompatible-library": "off",
    },
  },
  { files: ["src/**/*.tsx"], ...a11y.flatConfigs.recommended },
  {
    files: ["src/**/*.tsx"],
    rules: {
      // A field that a person has just asked for is where the cursor belongs.
      "jsx-a11y/no-autofocus": "off",
    },
  },
);
