import { Route, Routes } from "react-router";
import { NotFound } from "../app/not-found";
import { ApiKeysPage } from "./api-keys";
import { AuditPage } from "./audit/audit";
import { DepartmentsPage } from "./departments";
import { OrganizationPage } from "./organization";
import { RolePage } from "./roles/role";
import { RolesPage } from "./roles/roles";
import { UsersPage } from "./users";

/** The pages by which an administrator sets the suite up and watches over it. */
export default function SettingsPages() {
  return (
    <Routes>
      <Route path="users" element={<UsersPage />} />
      <Route path="departments" element={<DepartmentsPage />} />
      <Route path="roles" element={<RolesPage />} />
      <Route path="roles/:id" element={<RolePage />} />
      <Route path="api-keys" element={<ApiKeysPage />} />
      <Route path="audit" element={<AuditPage />} />
      <Route path="organization" element={<OrganizationPage />} />
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}
