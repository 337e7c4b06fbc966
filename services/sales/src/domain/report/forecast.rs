//! What owners and departments have won, may win and were to win.

use std::collections::{BTreeMap, BTreeSet};

use crm_values::money::Overflow;
use uuid::Uuid;

use super::amounts::Amounts;
use super::department_tree::DepartmentTree;

/// What one of them has won, may win and was to win.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// What may come.
    pub pipeline: Amounts,
    /// What comes if all goes well.
    pub best_case: Amounts,
    /// What is promised.
    pub commit: Amounts,
    /// What is won.
    pub closed: Amounts,
    /// What was to be won; without amounts where there is no target.
    pub target: Amounts,
}

impl Row {
    fn join_opportunities(&mut self, other: &Self) -> Result<(), Overflow> {
        self.pipeline.join(&other.pipeline)?;
        self.best_case.join(&other.best_case)?;
        self.commit.join(&other.commit)?;
        self.closed.join(&other.closed)
    }
}

/// The rows of a forecast.
#[derive(Debug, Default, PartialEq)]
pub struct Forecast {
    /// Of each owner, with the department.
    pub owners: BTreeMap<Uuid, (Option<Uuid>, Row)>,
    /// Of each department, with all that is below it.
    pub departments: BTreeMap<Uuid, Row>,
    /// All together.
    pub total: Row,
}

/// Adds up what owners have in each of some departments. A department's target is its own if it has one, else the sum of
/// those below it.
pub fn roll_up(
    owners: BTreeMap<Uuid, (Option<Uuid>, Row)>,
    departments: &BTreeSet<Uuid>,
    targets: &BTreeMap<Uuid, Amounts>,
    tree: &DepartmentTree,
) -> Result<Forecast, Overflow> {
    let mut rows: BTreeMap<Uuid, Row> = departments.iter().map(|id| (*id, Row::default())).collect();
    let mut total = Row::default();
    for (department, row) in owners.values() {
        total.join_opportunities(row)?;
        for above in department.iter().flat_map(|department| tree.above(*department)) {
            if let Some(sum) = rows.get_mut(&above) {
                sum.join_opportunities(row)?;
            }
        }
        let nearest = department.and_then(|department| rows.get_mut(&department));
        nearest.unwrap_or(&mut total).target.join(&row.target)?;
    }
    // The lowest first, so that whatever is below a department has been added to it.
    let mut lowest_first: Vec<Uuid> = departments.iter().copied().collect();
    lowest_first.sort_by_key(|id| std::cmp::Reverse(tree.above(*id).len()));
    for id in lowest_first {
        let Some(row) = rows.get_mut(&id) else { continue };
        if let Some(own) = targets.get(&id) {
            row.target.clone_from(own);
        }
        let target = row.target.clone();
        let parent = tree.get(id).and_then(|department| department.parent_id);
        let above = parent.and_then(|parent| rows.get_mut(&parent));
        above.unwrap_or(&mut total).target.join(&target)?;
    }
    Ok(Forecast { owners, departments: rows, total })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::department::Model;

    const CENTRE: Uuid = Uuid::from_u128(1);
    const EAST: Uuid = Uuid::from_u128(2);
    const WEST: Uuid = Uuid::from_u128(3);
    const NEAR_EAST: Uuid = Uuid::from_u128(4);

    fn amount(count: i64, amount: i64) -> Amounts {
        Amounts { count, by_unit: vec![(amount, 0)] }
    }

    fn owner(id: u128, department: Option<Uuid>, closed: i64, target: i64) -> (Uuid, (Option<Uuid>, Row)) {
        let target = if target == 0 { Amounts::default() } else { amount(0, target) };
        (Uuid::from_u128(id), (department, Row { closed: amount(1, closed), target, ..Row::default() }))
    }

    fn tree() -> DepartmentTree {
        let department = |(id, parent_id)| Model { id, parent_id, ..Model::default() };
        let edges = [(CENTRE, None), (EAST, Some(CENTRE)), (WEST, Some(CENTRE)), (NEAR_EAST, Some(EAST))];
        DepartmentTree::new(edges.map(department).into())
    }

    fn figures(row: &Row) -> (i64, i64) {
        let sum = |amounts: &Amounts| amounts.by_unit.iter().map(|sums| sums.0).sum();
        (sum(&row.closed), sum(&row.target))
    }

    fn forecast(departments: &[Uuid], targets: &[(Uuid, i64)]) -> Forecast {
        let owners = [
            owner(10, Some(CENTRE), 1, 100),
            owner(11, Some(EAST), 2, 200),
            owner(12, Some(NEAR_EAST), 4, 400),
            owner(13, Some(WEST), 8, 0),
            owner(14, None, 16, 1_600),
        ];
        let targets = targets.iter().map(|(id, target)| (*id, amount(0, *target))).collect();
        roll_up(owners.into(), &departments.iter().copied().collect(), &targets, &tree()).unwrap()
    }

    #[test]
    fn a_department_has_what_is_below_it() {
        let found = forecast(&[CENTRE, EAST, WEST, NEAR_EAST], &[]);
        let departments: Vec<_> = found.departments.values().map(figures).collect();
        assert_eq!(departments, [(15, 700), (6, 600), (8, 0), (4, 400)]);
        assert_eq!(figures(&found.total), (31, 2_300));
        assert_eq!(found.departments[&CENTRE].closed.count, 4);
    }

    #[test]
    fn a_departments_own_target_stands_for_those_below_it() {
        let found = forecast(&[CENTRE, EAST, WEST, NEAR_EAST], &[(EAST, 5_000), (WEST, 50)]);
        let departments: Vec<_> = found.departments.values().map(figures).collect();
        assert_eq!(departments, [(15, 5_150), (6, 5_000), (8, 50), (4, 400)]);
        assert_eq!(figures(&found.total), (31, 6_750));
    }

    #[test]
    fn without_rows_for_the_departments_above_the_total_is_that_of_the_highest() {
        let found = forecast(&[EAST, NEAR_EAST], &[(NEAR_EAST, 10)]);
        assert_eq!(found.departments.values().map(figures).collect::<Vec<_>>(), [(6, 210), (4, 10)]);
        assert_eq!(figures(&found.total), (31, 210 + 100 + 1_600));
    }
}
