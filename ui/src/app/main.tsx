import "./styles/index.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { followTheme } from "@/lib/settings";

import { App } from "./App";

followTheme(document.documentElement);
const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
