// Rules for the page's modules, beside the types that tsc checks.

import js from "@eslint/js";
import globals from "globals";

const AS_TEXT = "text must stay text: build elements with h() of shared/dom.js";
const parsed = ["innerHTML", "outerHTML", "insertAdjacentHTML", "setHTMLUnsafe", "srcdoc"];

export default [
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: { ecmaVersion: 2022, globals: globals.browser },
    rules: {
      complexity: ["error", 12],
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "max-len": ["error", { code: 100 }],
      "no-eval": "error",
      "no-implicit-globals": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-shadow": "error",
      "no-unused-vars": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-restricted-properties": [
        "error",
        ...parsed.map((property) => ({ property, message: AS_TEXT })),
        { object: "document", property: "write", message: AS_TEXT },
        { object: "document", property: "writeln", message: AS_TEXT },
      ],
    },
  },
  // Runs before the first paint, which a module cannot.
  { files: ["api/web/shared/theme.js"], languageOptions: { sourceType: "script" } },
];
