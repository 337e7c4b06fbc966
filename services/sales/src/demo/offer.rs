//! What is offered: lines that come to about what was estimated.

use crm_protos::sales::v1::OpportunityLineItem;
use crm_values::line_item::{LineItem, LineTotals};
use rand::Rng;
use rand::rngs::StdRng;

use super::catalogue::{Article, SUPPORT};
use super::draw::{pick, weighted};
use super::words::Project;

const SERVICES: [&str; 4] = ["HT-V100", "HT-V200", "HT-V400", "HT-V500"];
const SUPPORTS: [&str; 3] = ["HT-M100", "HT-M200", "HT-M300"];

/// Lines for a project, the services and the support that go with it among them.
pub(super) fn lines(
    rng: &mut StdRng,
    project: &Project,
    amount_minor: i64,
    currency: &str,
) -> Vec<OpportunityLineItem> {
    let discount = weighted(rng, &[(0, 50), (500, 22), (1000, 17), (1500, 8), (2000, 3)]);
    let mut lines = vec![line(project.article, amount_minor * 65 / 100, currency, discount)];
    let further = [(pick(rng, &SERVICES), 20, 0.7), (pick(rng, &SUPPORTS), 12, 0.5)];
    for (code, percent, chance) in further {
        let part = amount_minor * percent / 100;
        let affordable = Article::of(code).is_some_and(|article| article.price_in(currency) <= part);
        if rng.random_bool(chance) && affordable && code != project.article {
            lines.push(line(code, part, currency, 0));
        }
    }
    lines
}

/// As many of an article as an amount pays for, one at least.
fn line(code: &str, amount_minor: i64, currency: &str, discount_basis_points: i32) -> OpportunityLineItem {
    let price = Article::of(code).map_or(1, |article| article.price_in(currency)).max(1);
    let quantity = ((amount_minor + price / 2) / price).max(1);
    OpportunityLineItem {
        product_id: code.to_owned(),
        quantity_milli: quantity * 1000,
        discount_basis_points,
        ..OpportunityLineItem::default()
    }
}

/// What lines come to without tax, in minor units.
pub(super) fn net(lines: &[OpportunityLineItem], currency: &str) -> i64 {
    let totals = lines.iter().filter_map(|line| {
        let item = LineItem {
            quantity_milli: line.quantity_milli,
            unit_price_minor: Article::of(&line.product_id)?.price_in(currency),
            discount_basis_points: line.discount_basis_points,
            tax_basis_points: 0,
        };
        item.totals().ok()
    });
    LineTotals::sum(totals).map(|sum| sum.net_minor).unwrap_or_default()
}

/// What is paid again each year for the support among lines, in minor units.
pub(super) fn recurring(lines: &[OpportunityLineItem], currency: &str) -> i64 {
    let support = |line: &&OpportunityLineItem| {
        Article::of(&line.product_id).is_some_and(|article| article.category == SUPPORT)
    };
    net(&lines.iter().filter(support).cloned().collect::<Vec<_>>(), currency)
}
