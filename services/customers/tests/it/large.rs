//! Lists of more records than one request looks at.

use crm_kit::access::Scope;
use crm_kit::testing::{Harness, TestCaller};
use crm_protos::customers::v1::{Account, CountAccountsRequest, ListAccountsRequest};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use super::{accounts, create, named, run};

/// More than one request looks at.
const ACCOUNTS: u128 = 24_000;

/// How many lists are asked for.
const LISTS: usize = 50;

/// How far a count goes.
const MOST_COUNTED: i64 = crm_kit::store::MOST_COUNTED as i64;

const GRADES: [&str; 4] = ["ACCOUNT_GRADE_A", "ACCOUNT_GRADE_B", "ACCOUNT_GRADE_C", "ACCOUNT_GRADE_D"];

/// An account as its number makes it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Made(u128);

impl Made {
    fn id(self) -> Uuid {
        Uuid::from_u128(self.0)
    }

    /// The rich ones are few and of the best grades, as in life.
    fn revenue(self) -> u128 {
        ACCOUNTS * 10 / (self.0 + 7)
    }

    fn grade(self) -> usize {
        match self.0 {
            0..1_000 => 0,
            1_000..21_900 => 1,
            _ => 2 + (self.0 % 2) as usize,
        }
    }

    fn is_partner(self) -> bool {
        self.0 % 5_500 == 5_499 || self.0 == 19_999
    }

    fn is_mine(self) -> bool {
        self.0.is_multiple_of(3)
    }

    fn is_ours(self) -> bool {
        self.0 % 11_000 == 10_999
    }

    fn is_deleted(self) -> bool {
        self.0 % 500 == 250
    }

    fn says_rare(self) -> bool {
        self.0 % 7_000 == 6_999
    }

    /// More than some pages, and none of them at either end.
    fn says_seldom(self) -> bool {
        (9_000..9_600).contains(&self.0)
    }

    /// The newest, as if made together, and one that is too far away for a request that looks for it.
    fn says_together(self) -> bool {
        self.0 == 99 || self.0 >= ACCOUNTS - 3
    }
}

/// Copies one account until there are many.
async fn fill(harness: &Harness, owner: &TestCaller, department: Uuid, template: &Account) {
    let id = |id: &str| match harness.on_postgres() {
        true => format!("CAST(lpad(to_hex({id}), 32, '0') AS uuid)"),
        false => format!("unhex(printf('%032x', {id}))"),
    };
    let literal = |id: Uuid| match harness.on_postgres() {
        true => format!("'{id}'"),
        false => format!("x'{}'", id.simple()),
    };
    let template = literal(template.id.parse().unwrap());
    for statement in [
        format!(
            "CREATE TABLE filler AS WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers \
                 WHERE n + 1 < {ACCOUNTS}) SELECT a.*, n FROM accounts a, numbers WHERE a.id = {template}"
        ),
        format!(
            "UPDATE filler SET id = {}, name = 'Made', annual_revenue = {ACCOUNTS} * 10 / (n + 7), \
             grade = CASE WHEN n < 1000 THEN 'ACCOUNT_GRADE_A' WHEN n < 21900 THEN 'ACCOUNT_GRADE_B' \
             WHEN n % 2 = 0 THEN 'ACCOUNT_GRADE_C' ELSE 'ACCOUNT_GRADE_D' END",
            id("n")
        ),
        "UPDATE filler SET type = 'ACCOUNT_TYPE_PARTNER' WHERE n % 5500 = 5499 OR n = 19999".to_owned(),
        format!("UPDATE filler SET owner_id = {} WHERE n % 3 = 0", literal(owner.id())),
        format!("UPDATE filler SET department_id = {} WHERE n % 11000 = 10999", literal(department)),
        "UPDATE filler SET delete_time = create_time WHERE n % 500 = 250".to_owned(),
        "UPDATE filler SET search_text = 'acommon'".to_owned(),
        "UPDATE filler SET search_text = 'acommon ararely' WHERE n % 7000 = 6999".to_owned(),
        "UPDATE filler SET search_text = 'acommon aseldom' WHERE n BETWEEN 9000 AND 9599".to_owned(),
        format!("UPDATE filler SET search_text = 'acommon atogether' WHERE n = 99 OR n >= {ACCOUNTS} - 3"),
        format!("DELETE FROM accounts WHERE id = {template}"),
        "ALTER TABLE filler DROP COLUMN n".to_owned(),
        "INSERT INTO accounts SELECT * FROM filler".to_owned(),
        "DROP TABLE filler".to_owned(),
    ] {
        harness.tamper(&statement).await;
    }
}

/// A list that somebody asks for.
#[derive(Clone, Debug)]
struct Asked {
    grades: Vec<usize>,
    partners: bool,
    order_by: &'static str,
    query: &'static str,
    show_deleted: bool,
    scope: Scope,
    page_size: i32,
}

fn asked() -> impl Strategy<Value = Asked> {
    let grades = prop_oneof![
        Just(Vec::new()),
        prop::sample::subsequence(vec![0, 1, 2, 3], 1),
        prop::sample::subsequence(vec![0, 1, 2, 3], 2)
    ];
    let order =
        prop::sample::select(vec!["", "create_time", "annual_revenue desc", "annual_revenue", "grade"]);
    let query = prop::sample::select(vec!["", "", "common", "rare", "seldom", "together"]);
    let scope = prop::sample::select(vec![Scope::All, Scope::All, Scope::Own, Scope::Department]);
    let page_size = prop::sample::select(vec![7, 50, 200]);
    (grades, any::<bool>(), order, query, any::<bool>(), scope, page_size).prop_map(
        |(grades, partners, order_by, query, show_deleted, scope, page_size)| Asked {
            grades,
            partners,
            order_by,
            query,
            show_deleted,
            scope,
            page_size,
        },
    )
}

impl Asked {
    /// What the list holds in its order, reckoned from the numbers.
    fn expected(&self) -> Vec<Uuid> {
        let fits = |made: &Made| {
            (self.grades.is_empty() || self.grades.contains(&made.grade()))
                && (!self.partners || made.is_partner())
                && (self.query != "rare" || made.says_rare())
                && (self.query != "seldom" || made.says_seldom())
                && (self.query != "together" || made.says_together())
                && self.show_deleted == made.is_deleted()
                && match self.scope {
                    Scope::Own => made.is_mine(),
                    Scope::Department => made.is_mine() || made.is_ours(),
                    _ => true,
                }
        };
        let mut all: Vec<Made> = (0..ACCOUNTS).map(Made).filter(fits).collect();
        match self.order_by {
            "annual_revenue" => all.sort_by_key(|made| (made.revenue(), made.0)),
            "annual_revenue desc" => all.sort_by_key(|made| std::cmp::Reverse((made.revenue(), made.0))),
            "grade" => all.sort_by_key(|made| (made.grade(), made.0)),
            "create_time" => {}
            _ => all.reverse(),
        }
        all.into_iter().map(Made::id).collect()
    }

    fn caller(&self, harness: &Harness, owner: &TestCaller, department: Uuid) -> TestCaller {
        let caller = harness.caller(owner.organization()).user(owner.id());
        caller.department(department, &[]).grant("customers.account.*", self.scope)
    }

    fn filter(&self) -> Vec<String> {
        let grades = self.grades.iter().map(|grade| GRADES[*grade]).collect::<Vec<_>>().join("|");
        let grades = (!grades.is_empty()).then(|| format!("grade={grades}"));
        let partners = self.partners.then(|| "type=ACCOUNT_TYPE_PARTNER".to_owned());
        grades.into_iter().chain(partners).collect()
    }

    /// How many there are, and whether there are more.
    async fn counted(&self, harness: &Harness, owner: &TestCaller, department: Uuid) -> (i64, bool) {
        let who = self.caller(harness, owner, department);
        let request = CountAccountsRequest { filter: self.filter(), query: self.query.to_owned() };
        let count = accounts(harness).count_accounts(who.request(request)).await.unwrap().into_inner();
        (count.count, count.truncated)
    }

    /// As many of the first as some requests answer.
    async fn answered(&self, harness: &Harness, owner: &TestCaller, department: Uuid) -> (Vec<Uuid>, bool) {
        let (who, filter) = (self.caller(harness, owner, department), self.filter());
        let (mut all, mut page_token) = (Vec::new(), String::new());
        for _ in 0..12 {
            let request = ListAccountsRequest {
                page_size: self.page_size,
                page_token,
                filter: filter.clone(),
                order_by: self.order_by.to_owned(),
                query: self.query.to_owned(),
                show_deleted: self.show_deleted,
            };
            let page = accounts(harness).list_accounts(who.request(request)).await.unwrap().into_inner();
            assert!(page.accounts.len() <= self.page_size as usize, "{self:?}");
            all.extend(page.accounts.iter().map(|account| account.id.parse::<Uuid>().unwrap()));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return (all, true);
            }
        }
        (all, false)
    }
}

#[tokio::test]
async fn no_record_of_a_large_list_is_missed_or_met_twice() {
    run(async |harness| {
        let (owner, department) = (harness.administrator(), crm_kit::id::new());
        let other = harness.caller(owner.organization()).grant("customers.account.*", Scope::All);
        let template = create(harness, &other, named("Template")).await.unwrap();
        fill(harness, &owner, department, &template).await;
        // The last partner but one is the last record that the first request looks at.
        let sparse = Asked {
            grades: Vec::new(),
            partners: true,
            order_by: "create_time",
            query: "",
            show_deleted: false,
            scope: Scope::All,
            page_size: 50,
        };
        let (found, is_all) = sparse.answered(harness, &owner, department).await;
        assert!(is_all);
        assert_eq!(found, sparse.expected());
        let list = ListAccountsRequest {
            filter: vec!["type=ACCOUNT_TYPE_PARTNER".to_owned()],
            order_by: sparse.order_by.to_owned(),
            ..Default::default()
        };
        let first = accounts(harness).list_accounts(owner.request(list)).await.unwrap().into_inner();
        assert_eq!(first.accounts.len(), found.len() - 1);
        assert!(!first.next_page_token.is_empty());
        // What is common among the newest is not common everywhere.
        for (scope, newest) in [(Scope::All, 3), (Scope::Own, 1)] {
            let together =
                Asked { partners: false, order_by: "", query: "together", scope, ..sparse.clone() };
            let request = ListAccountsRequest { query: together.query.to_owned(), ..Default::default() };
            let who = together.caller(harness, &owner, department);
            let page = accounts(harness).list_accounts(who.request(request)).await.unwrap().into_inner();
            assert_eq!((page.accounts.len(), page.next_page_token), (newest + 1, String::new()), "{scope:?}");
        }
        let mut runner = TestRunner::new(Config::default());
        for _ in 0..LISTS {
            let asked = asked().new_tree(&mut runner).unwrap().current();
            let (found, is_all) = asked.answered(harness, &owner, department).await;
            let mut expected = asked.expected();
            if !asked.show_deleted {
                let counted = asked.counted(harness, &owner, department).await;
                let exact = expected.len() as i64;
                assert_eq!(counted, (exact.min(MOST_COUNTED), exact > MOST_COUNTED), "{asked:?}");
            }
            if !is_all {
                expected.truncate(found.len());
            }
            assert!(found == expected, "{asked:?}: {} instead of {}", found.len(), expected.len());
        }
    })
    .await;
}
