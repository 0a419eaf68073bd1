import "./styles/index.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { followFacts } from "@/api/live/live";
import { followTheme } from "@/lib/settings";

import { App } from "./App";
import { makeQueryClient } from "./client";

followTheme(document.documentElement);
const client = makeQueryClient();
// Before anything is asked: what is listened to from the start has not to be asked for twice.
followFacts(client, new AbortController().signal);
const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <StrictMode>
      <App client={client} />
    </StrictMode>,
  );
