import { Button, Result } from "antd";
import { Component, type ReactNode } from "react";
import { textOf } from "../i18n";

/** Keeps a fault of one page from leaving an empty window. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Result
        status="warning"
        title={textOf("app.crashed")}
        extra={
          <Button type="primary" onClick={() => location.reload()}>
            {textOf("app.reload")}
          </Button>
        }
      />
    );
  }
}
