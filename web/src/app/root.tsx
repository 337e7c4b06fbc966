import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Suspense } from "react";
import { BrowserRouter, Route, Routes } from "react-router";
import { onProblem } from "../api/client";
import { fetchMe, forgetEverything, ME } from "../api/me";
import { asProblem } from "../api/problem";
import { front, shell } from "./ahead";
import { ErrorBoundary } from "./error-boundary";
import { Session } from "./session";
import { Themed } from "./theme";
import { lazily } from "../ui/lazily";

const SignInPage = lazily(front["sign-in"]);
const ForgotPage = lazily(front["forgot-password"]);
const TokenPage = lazily(front.activate);
const Shell = lazily(shell);

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (count, error) => {
        const { status } = asProblem(error);
        return count < 2 && (status === 0 || status >= 502);
      },
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

void queries.prefetchQuery({ queryKey: ME, queryFn: fetchMe });

onProblem((problem) => {
  // Signing in answers 401 as well, about what was typed.
  if (problem.status === 401 && problem.reason !== "CREDENTIALS_INVALID" && problem.reason !== "SECOND_FACTOR_REQUIRED") {
    if (queries.getQueryData(ME)) forgetEverything(queries);
  }
  // What one may do has become less since it was asked.
  if (problem.status === 403) void queries.invalidateQueries({ queryKey: ME });
});

/** The whole app. */
export function Root() {
  return (
    <QueryClientProvider client={queries}>
      <Themed>
        <ErrorBoundary>
          <BrowserRouter>
            <Suspense>
              <Routes>
                <Route path="/sign-in" element={<SignInPage />} />
                <Route path="/forgot-password" element={<ForgotPage />} />
                <Route path="/reset-password" element={<TokenPage purpose="reset" />} />
                <Route path="/activate" element={<TokenPage purpose="activate" />} />
                <Route
                  path="*"
                  element={
                    <Session>
                      <Shell />
                    </Session>
                  }
                />
              </Routes>
            </Suspense>
          </BrowserRouter>
        </ErrorBoundary>
      </Themed>
    </QueryClientProvider>
  );
}
