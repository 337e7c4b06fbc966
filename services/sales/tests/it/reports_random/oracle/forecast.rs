//! The forecast once more.

use crm_protos::sales::v1::{
    Forecast, ForecastCategory, ForecastRow, Opportunity, OpportunityStatus, Target,
};
use uuid::Uuid;

use super::{Oracle, Sums, percent};

impl Oracle<'_> {
    /// A row without target.
    fn expected(&self, belongs: impl Fn(&Opportunity) -> bool) -> ForecastRow {
        let open = |category: ForecastCategory| {
            let open = self.closed(OpportunityStatus::Open).filter(|one| belongs(one));
            Some(self.totals(open.filter(|one| one.forecast_category() == category)))
        };
        ForecastRow {
            pipeline: open(ForecastCategory::Pipeline),
            best_case: open(ForecastCategory::BestCase),
            commit: open(ForecastCategory::Commit),
            closed: Some(self.totals(self.closed(OpportunityStatus::Won).filter(|one| belongs(one)))),
            ..ForecastRow::default()
        }
    }

    fn with_target(&self, row: ForecastRow, target: &Sums) -> ForecastRow {
        let target = self.convert(target, 0);
        let is_known = target.amount_minor != 0 && target.unconverted.is_empty();
        let attained = || percent(row.closed.as_ref().unwrap().amount_minor, target.amount_minor);
        ForecastRow { target_minor: target.amount_minor, attainment_percent: is_known.then(attained), ..row }
    }

    fn target_of(&self, belongs: impl Fn(&Target) -> bool) -> Sums {
        let mut sums = Sums::new();
        let targets = self.rows.targets.iter().filter(|target| self.is_inside(&target.start_month));
        for target in targets.filter(|target| belongs(target)) {
            let key = (target.currency.clone(), self.question.end.clone());
            sums.entry(key).or_default().0 += i128::from(target.amount_minor);
        }
        sums
    }

    /// What users and the departments below are to win, unless the department has a target itself.
    fn target_below(&self, department: &str, departments: &[String]) -> Sums {
        let own = self.target_of(|target| target.owner_id.is_empty() && target.department_id == department);
        if !own.is_empty() {
            return own;
        }
        let mut sums =
            self.target_of(|target| !target.owner_id.is_empty() && target.department_id == department);
        for child in self.below(department).iter().filter(|id| *id != department && departments.contains(id))
        {
            join(&mut sums, self.target_below(child, departments));
        }
        sums
    }

    pub(in super::super) fn forecast(&self) -> Forecast {
        let asked = &self.question.department;
        let departments: Vec<String> = self.viewer.departments.iter().map(Uuid::to_string).collect();
        let departments: Vec<String> = match self.question.owner.is_empty() {
            true => departments
                .into_iter()
                .filter(|id| asked.is_empty() || self.below(asked).contains(id))
                .collect(),
            false => Vec::new(),
        };
        let mut owners = Vec::new();
        for user in &self.life.users {
            let owner = user.to_string();
            let of_this = |target: &Target| {
                target.owner_id == owner && self.is_asked_for(&owner, &target.department_id)
            };
            let row = self.expected(|one| one.owner_id == owner);
            let counts = [&row.pipeline, &row.best_case, &row.commit, &row.closed];
            let is_empty = counts.iter().all(|totals| totals.as_ref().unwrap().count == 0);
            let target = self.target_of(of_this);
            if !is_empty || !target.is_empty() {
                let opportunity = self.owned().find(|one| one.owner_id == owner);
                let target_department =
                    || self.rows.targets.iter().find(|target| of_this(target)).map(|t| &t.department_id);
                let department = opportunity.map(|one| &one.department_id).or_else(target_department);
                let department_id = department.cloned().unwrap_or_default();
                let name = self.name(&owner);
                owners.push(ForecastRow {
                    owner_id: owner,
                    department_id,
                    name,
                    ..self.with_target(row, &target)
                });
            }
        }
        owners.sort_by(|one, other| one.name.cmp(&other.name));
        let centre = self.life.world.centre.to_string();
        let row = |id: &String| {
            let inside = self.below(id);
            let row = self.expected(|one| inside.contains(&one.department_id));
            ForecastRow {
                department_id: id.clone(),
                parent_department_id: if *id == centre { String::new() } else { centre.clone() },
                name: self.name(id),
                ..self.with_target(row, &self.target_below(id, &departments))
            }
        };
        let rows = departments.iter().map(row).collect();
        let mut target = self.target_of(|target| {
            let is_user =
                !target.owner_id.is_empty() && self.is_asked_for(&target.owner_id, &target.department_id);
            is_user && !departments.contains(&target.department_id)
        });
        let is_highest = |id: &&String| **id == centre || !departments.contains(&centre);
        for highest in departments.iter().filter(is_highest) {
            join(&mut target, self.target_below(highest, &departments));
        }
        Forecast {
            owners,
            departments: rows,
            total: Some(self.with_target(self.expected(|_| true), &target)),
            currency: self.question.currency.clone(),
        }
    }
}

fn join(sums: &mut Sums, others: Sums) {
    for (key, (amount, weighted)) in others {
        let sum = sums.entry(key).or_default();
        *sum = (sum.0 + amount, sum.1 + weighted);
    }
}
