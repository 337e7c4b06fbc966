//! Leads that may be the same as another.

use crm_kit::record::Record;
use crm_kit::service::Context;
use crm_kit::{Access, ListQuery, Result, store};
use crm_protos::sales::v1::Duplicate;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{COMPARED, duplicate};
use crate::domain::duplicate::{Party, company_filter, person_filter};
use crate::store::lead::{Column, Entity, Model};

/// Four questions: for the same address or number, for the same name, for names that are much like it.
pub(super) async fn find(
    context: &Context,
    access: &Access,
    subject: &Party,
    itself: Option<Uuid>,
) -> Result<Vec<Duplicate>> {
    // Without the method, whose own permission may reach further than that of reading.
    let (caller, origin) = (access.caller().clone(), access.origin().clone());
    let access = &Access::new(caller, None, origin, context.keys.clone(), context.clock.clone());
    if !access.allows("sales.lead.read") {
        return Ok(Vec::new());
    }
    let seen = |field: &str| !access.hides(Entity::RESOURCE, field);
    let names = Vec::from_iter((!subject.name.is_empty()).then(|| subject.name.clone()));
    let any = |asked: [(Column, &str, &[String]); 2]| {
        let known = asked.into_iter().filter(|(_, field, values)| seen(field) && !values.is_empty());
        known.fold(Condition::any(), |any, (column, _, values)| any.add(column.is_in(values)))
    };
    let points = any([(Column::Email, "email", &subject.emails), (Column::Phone, "phone", &subject.phones)]);
    let same = any([
        (Column::DisplayName, "display_name", &names),
        (Column::Company, "company", &subject.companies),
    ]);
    let mut models = Vec::new();
    for condition in [points, same].into_iter().filter(|condition| !condition.is_empty()) {
        let query = store::select::<Entity>(access)?.filter(condition).order_by_desc(Column::Id);
        models.extend(query.limit(u64::from(COMPARED)).all(context.db.connection()).await?);
    }
    let alike = names.iter().map(|name| ("display_name", person_filter("display_name", name)));
    let alike =
        alike.chain(subject.companies.iter().map(|name| ("company", company_filter("company", name))));
    for (_, filter) in alike.filter(|(field, filter)| seen(field) && !filter.is_empty()) {
        let list = ListQuery { filter: vec![filter], page_size: COMPARED.into(), ..ListQuery::default() };
        models.extend(store::list::<Entity>(&context.db, access, &list).await?.items);
    }
    let visible = |field: &str, text: &str| if seen(field) { text.to_owned() } else { String::new() };
    let list = |text: String| Vec::from_iter((!text.is_empty()).then_some(text));
    let others = models.iter().filter(|model| Some(model.id) != itself);
    let others = others.filter_map(|model: &Model| {
        let other = Party {
            name: if seen("display_name") { visible("name", &model.name) } else { String::new() },
            companies: list(visible("company", &model.company)),
            emails: list(visible("email", &model.email)),
            phones: list(visible("phone", &model.phone)),
        };
        let name = visible("display_name", &model.display_name);
        duplicate(subject, &other, Entity::RESOURCE, &model.id.to_string(), &name)
    });
    Ok(others.collect())
}
