//! The board keeps its order, whoever moves what at the same time.

use crm_kit::access::{FieldAccess, Scope};
use crm_kit::testing::{Harness, TestCaller};
use crm_protos::sales::v1::{Board, BoardColumn, GetBoardRequest, MoveOpportunityRequest, Opportunity};
use futures::future::join_all;
use tonic::Code;
use tonic_types::StatusExt;

use crate::opportunities::{create, deal, get, opportunities, place, stages, win};
use crate::{assert_refused, organization, run};

async fn board(harness: &Harness, caller: &TestCaller, filter: &[&str]) -> Board {
    let filter = filter.iter().map(|text| (*text).to_owned()).collect();
    let request = GetBoardRequest { filter, ..Default::default() };
    opportunities(harness).get_board(caller.request(request)).await.unwrap().into_inner()
}

fn names(column: &BoardColumn) -> Vec<&str> {
    column.opportunities.iter().map(|opportunity| opportunity.name.as_str()).collect()
}

async fn deals(harness: &Harness, caller: &TestCaller, names: &[&str]) -> Vec<Opportunity> {
    let mut created = Vec::new();
    for name in names {
        created.push(create(harness, caller, deal(name, 1_000)).await.unwrap());
    }
    created
}

#[tokio::test]
async fn the_newest_is_on_top_and_a_moved_one_where_it_was_put() {
    run(async |harness| {
        let caller = organization(harness).await;
        let made = deals(harness, &caller, &["a", "b", "c", "d"]).await;
        assert_eq!(names(&board(harness, &caller, &[]).await.columns[0]), ["d", "c", "b", "a"]);
        let after = |id: &Opportunity, above: &Opportunity| MoveOpportunityRequest {
            id: id.id.clone(),
            after_id: above.id.clone(),
            ..Default::default()
        };
        place(harness, &caller, after(&made[3], &made[1])).await.unwrap();
        assert_eq!(names(&board(harness, &caller, &[]).await.columns[0]), ["c", "b", "d", "a"]);
        let before = MoveOpportunityRequest {
            id: made[0].id.clone(),
            before_id: made[1].id.clone(),
            ..Default::default()
        };
        place(harness, &caller, before).await.unwrap();
        assert_eq!(names(&board(harness, &caller, &[]).await.columns[0]), ["c", "a", "b", "d"]);
        let top = MoveOpportunityRequest { id: made[3].id.clone(), ..Default::default() };
        place(harness, &caller, top).await.unwrap();
        assert_eq!(names(&board(harness, &caller, &[]).await.columns[0]), ["d", "c", "a", "b"]);
    })
    .await;
}

#[tokio::test]
async fn sums_are_those_of_the_cards() {
    run(async |harness| {
        let caller = organization(harness).await;
        let stages = stages(harness, &caller).await;
        let made = deals(harness, &caller, &["a", "b", "c", "d"]).await;
        let euros = Opportunity { currency: "EUR".to_owned(), ..deal("euros", 700) };
        create(harness, &caller, euros).await.unwrap();
        let to = MoveOpportunityRequest {
            id: made[0].id.clone(),
            stage_id: stages[3].clone(),
            ..Default::default()
        };
        place(harness, &caller, to).await.unwrap();
        win(harness, &caller, &made[1].id).await.unwrap();
        for filter in [&[][..], &["create_time>=2000-01-01"]] {
            let board = board(harness, &caller, filter).await;
            let sums = |column: &BoardColumn| {
                let money = |amounts: &[crm_protos::sales::v1::Money]| {
                    amounts
                        .iter()
                        .map(|sum| format!("{} {}", sum.amount_minor, sum.currency))
                        .collect::<Vec<_>>()
                };
                (column.count, money(&column.amounts), money(&column.weighted_amounts))
            };
            let text = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
            let first = (3, text(&["2000 CNY", "700 EUR"]), text(&["200 CNY", "70 EUR"]));
            assert_eq!(sums(&board.columns[0]), first, "{filter:?}");
            assert_eq!(sums(&board.columns[3]), (1, text(&["1000 CNY"]), text(&["800 CNY"])), "{filter:?}");
            assert_eq!(board.columns.len(), 4);
        }
    })
    .await;
}

#[tokio::test]
async fn a_representative_sees_own_cards_and_sums_and_no_hidden_amount() {
    run(async |harness| {
        let administrator = organization(harness).await;
        let organization = administrator.organization();
        let anna = harness.caller(organization).grant("sales.*", Scope::Own);
        deals(harness, &administrator, &["theirs"]).await;
        deals(harness, &anna, &["hers"]).await;
        let column = board(harness, &anna, &[]).await.columns.remove(0);
        assert_eq!((names(&column), column.count, column.amounts[0].amount_minor), (vec!["hers"], 1, 1_000));
        let blind = anna.clone().restrict("sales.opportunity.amount_minor", FieldAccess::Hidden);
        let column = board(harness, &blind, &[]).await.columns.remove(0);
        assert_eq!((column.count, column.amounts.len(), column.weighted_amounts.len()), (1, 0, 0));
        let card = &column.opportunities[0];
        assert_eq!((card.amount_minor, card.weighted_amount_minor), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn of_two_who_drag_the_same_card_one_is_told_what_changed() {
    run(async |harness| {
        let caller = organization(harness).await;
        let stages = stages(harness, &caller).await;
        let card = create(harness, &caller, deal("card", 1_000)).await.unwrap();
        let to = |stage: &String| MoveOpportunityRequest {
            id: card.id.clone(),
            etag: card.etag.clone(),
            stage_id: stage.clone(),
            ..Default::default()
        };
        let both =
            tokio::join!(place(harness, &caller, to(&stages[1])), place(harness, &caller, to(&stages[2])));
        let (moved, refused) = match both {
            (Ok(moved), refused) => (moved, refused),
            (refused, Ok(moved)) => (moved, refused),
            neither => panic!("one of them moves the card: {neither:?}"),
        };
        let status = refused.clone().unwrap_err();
        assert_refused(refused, Code::Aborted, "STALE");
        let told = status.get_details_error_info().unwrap().metadata;
        assert_eq!(told.get("etag"), Some(&moved.etag));
        let fields: Vec<&str> = told["changed_fields"].split(',').collect();
        assert!(fields.contains(&"stage_id") && fields.contains(&"probability"), "{fields:?}");
        assert_eq!(get(harness, &caller, &card.id).await.unwrap().stage_id, moved.stage_id);
    })
    .await;
}

#[tokio::test]
async fn a_hundred_moves_at_once_leave_one_order() {
    run(async |harness| {
        let caller = organization(harness).await;
        let stages = stages(harness, &caller).await;
        let made = deals(harness, &caller, &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]).await;
        let moves = (0..100).map(|number: usize| MoveOpportunityRequest {
            id: made[number % 10].id.clone(),
            stage_id: stages[number / 10 % 2].clone(),
            after_id: made[(number * 7 + 3) % 10].id.clone(),
            ..Default::default()
        });
        let moved = join_all(moves.map(|request| place(harness, &caller, request))).await;
        assert!(moved.iter().all(Result::is_ok), "{moved:?}");
        let board = board(harness, &caller, &[]).await;
        let cards: Vec<&Opportunity> =
            board.columns.iter().flat_map(|column| &column.opportunities).collect();
        assert_eq!(cards.len(), 10);
        for column in &board.columns {
            let places: Vec<_> = column.opportunities.iter().map(|card| &card.position).collect();
            assert!(places.is_sorted_by(|one, other| one < other), "{places:?}");
            assert_eq!(column.count, i64::try_from(column.opportunities.len()).unwrap());
        }
    })
    .await;
}
