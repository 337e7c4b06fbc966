//! What is to be sold.

use crm_values::line_item::LineTotals;
use crm_values::money::Overflow;
use serde::{Deserialize, Serialize};

/// Something that is to be sold, as it was agreed: later changes of the product do not change it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineItem {
    /// The product's id; empty for something that is none.
    pub product_id: String,
    /// What it is.
    pub description: String,
    /// How many, in thousandths of the unit.
    pub quantity_milli: i64,
    /// The price of one unit.
    pub unit_price_minor: i64,
    /// The discount in basis points.
    pub discount_basis_points: i32,
    /// The tax in basis points.
    pub tax_basis_points: i32,
}

impl LineItem {
    /// What it comes to.
    pub fn totals(&self) -> Result<LineTotals, Overflow> {
        let line = crm_values::line_item::LineItem {
            quantity_milli: self.quantity_milli,
            unit_price_minor: self.unit_price_minor,
            discount_basis_points: self.discount_basis_points,
            tax_basis_points: self.tax_basis_points,
        };
        line.totals()
    }
}
