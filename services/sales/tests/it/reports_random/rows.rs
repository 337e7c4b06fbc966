//! The rows that somebody sees, read one by one.

use std::collections::HashMap;

use crm_kit::testing::{Harness, TestCaller};
use crm_protos::sales::v1::targets_client::TargetsClient;
use crm_protos::sales::v1::{
    ListOpportunitiesRequest, ListStageVisitsRequest, ListTargetsRequest, Opportunity, StageVisit, Target,
};

use crate::opportunities::opportunities;

/// What somebody sees.
pub(super) struct Rows {
    pub(super) opportunities: Vec<Opportunity>,
    pub(super) targets: Vec<Target>,
}

/// The visits of each opportunity, oldest first.
pub(super) type Visits = HashMap<String, Vec<StageVisit>>;

impl Rows {
    pub(super) async fn read(harness: &Harness, caller: &TestCaller) -> Self {
        let mut found = Vec::new();
        let mut list = ListOpportunitiesRequest { page_size: 200, ..Default::default() };
        loop {
            let request = caller.request(list.clone());
            let page = opportunities(harness).list_opportunities(request).await.unwrap().into_inner();
            found.extend(page.opportunities);
            if page.next_page_token.is_empty() {
                break;
            }
            list.page_token = page.next_page_token;
        }
        let list = ListTargetsRequest { page_size: 200, ..Default::default() };
        let mut client = TargetsClient::new(harness.channel.clone());
        let targets = client.list_targets(caller.request(list)).await.unwrap().into_inner().targets;
        Self { opportunities: found, targets }
    }

    /// The visits of the opportunities, as the caller sees them.
    pub(super) async fn visits(&self, harness: &Harness, caller: &TestCaller) -> Visits {
        let mut visits = Visits::new();
        for opportunity in &self.opportunities {
            let opportunity_id = opportunity.id.clone();
            let list = ListStageVisitsRequest { opportunity_id, page_size: 200, ..Default::default() };
            let page =
                opportunities(harness).list_stage_visits(caller.request(list)).await.unwrap().into_inner();
            let mut of_this = page.stage_visits;
            of_this.sort_by_key(|visit| visit.enter_time.map(|time| (time.seconds, time.nanos)));
            visits.insert(opportunity.id.clone(), of_this);
        }
        visits
    }
}
