import { account } from "./customers/account";
import { contact } from "./customers/contact";
import { lead } from "./sales/lead";
import { opportunity } from "./sales/opportunity";
import { product } from "./sales/product";
import { assignmentRule, exchangeRate, leadForm, representative, target } from "./sales/settings/resources";
import { pipeline, stage } from "./sales/stage";
import { user } from "./settings/user";
import { view } from "./settings/view";
import { register } from "./ui/registry";

/** The kinds of records that references, search and history know. */
[account, contact, user, view].forEach(register);
[lead, opportunity, product, pipeline, stage, leadForm, assignmentRule, representative, exchangeRate, target].forEach(register);
