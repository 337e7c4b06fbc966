//! Who gets leads: representatives, assignment rules, and the form of the web site.

use chrono::TimeDelta;
use crm_protos::sales::v1::{
    Absence, AssignmentMethod, AssignmentRule, LeadForm, Representative, Skill, WorkingHours,
};

use super::year::Year;

/// What one has to be able to do for the greatest customers.
const KEY_ACCOUNTS: &str = "大客户 Key accounts";
/// What one has to be able to do for customers abroad.
const ENGLISH: &str = "英语 English";

/// A seller with territories, who sells at home or abroad, as one who takes leads.
pub fn representative(year: &Year, seller: usize, territories: Vec<String>, abroad: bool) -> Representative {
    let hours = |(weekday, start, end): (i32, &str, &str)| WorkingHours {
        weekday,
        start: start.to_owned(),
        end: end.to_owned(),
    };
    let week = (1..=5).flat_map(|day| [(day, "09:00", "12:00"), (day, "13:30", "18:00")]);
    let mut skills = Vec::new();
    if seller.is_multiple_of(3) {
        let level = if seller == 0 { 5 } else { 3 };
        skills.push(Skill { name: KEY_ACCOUNTS.to_owned(), level });
    }
    if abroad || seller % 4 == 1 {
        skills.push(Skill { name: ENGLISH.to_owned(), level: if abroad { 5 } else { 2 } });
    }
    // One comes back, one leaves soon.
    let leave = match seller {
        2 => Some((10, 16, "年假 annual leave")),
        4 => Some((-40, -34, "培训 training")),
        _ => None,
    };
    let today = year.day(year.end());
    let absence = |(first, last, note): (i64, i64, &str)| Absence {
        start_date: (today + TimeDelta::days(first)).to_string(),
        end_date: (today + TimeDelta::days(last)).to_string(),
        note: note.to_owned(),
    };
    Representative {
        skills,
        territories,
        weight: if seller % 3 == 1 { 2 } else { 1 },
        capacity: 60,
        working_hours: week.map(hours).collect(),
        absences: leave.map(absence).into_iter().collect(),
        ..Representative::default()
    }
}

/// The rules, in their order. What comes from the web site at night waits in the queue of a department.
pub fn rules(queue_department_id: &str) -> Vec<AssignmentRule> {
    let rule = |position, name: &str, conditions: &[&str], method: AssignmentMethod| AssignmentRule {
        name: name.to_owned(),
        position,
        conditions: conditions.iter().map(|condition| (*condition).to_owned()).collect(),
        method: method.into(),
        ..AssignmentRule::default()
    };
    vec![
        AssignmentRule {
            skill: KEY_ACCOUNTS.to_owned(),
            ..rule(
                1,
                "大额线索 Large deals",
                &["address.country=CN", "amount_minor>=30000000"],
                AssignmentMethod::Skill,
            )
        },
        rule(2, "按地区 By territory", &["address.country!="], AssignmentMethod::Territory),
        AssignmentRule {
            within_working_hours: true,
            queue_department_id: queue_department_id.to_owned(),
            ..rule(3, "官网 Web site", &["source=SOURCE_WEB_SITE"], AssignmentMethod::LeastBusy)
        },
        rule(4, "其他热门线索 Other hot leads", &["rating=LEAD_RATING_HOT"], AssignmentMethod::RoundRobin),
    ]
}

/// The form on the company's web site.
pub fn form() -> LeadForm {
    LeadForm {
        name: "官网联系表 Web site contact form".to_owned(),
        channel: "官网 Web site".to_owned(),
        leads_per_minute: 600,
        ..LeadForm::default()
    }
}
