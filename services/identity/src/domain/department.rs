//! The tree of departments.

use std::collections::{HashMap, HashSet};

use crm_kit::error::{Result, Violation};
use uuid::Uuid;

/// How many departments stand above one another at most; so deep nobody organizes, and every walk ends.
const DEEPEST: usize = 50;

/// Every department of an organization with the one above it.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    parents: HashMap<Uuid, Option<Uuid>>,
    children: HashMap<Uuid, Vec<Uuid>>,
}

impl Tree {
    /// Takes departments with the one above each.
    pub fn new(departments: impl IntoIterator<Item = (Uuid, Option<Uuid>)>) -> Self {
        let mut tree = Self::default();
        for (id, parent) in departments {
            tree.parents.insert(id, parent);
            if let Some(parent) = parent {
                tree.children.entry(parent).or_default().push(id);
            }
        }
        tree
    }

    /// A department and all below it, each before those below it; nothing if there is no such department.
    pub fn subtree(&self, root: Uuid) -> Vec<Uuid> {
        let mut found = Vec::from_iter(self.parents.contains_key(&root).then_some(root));
        let mut seen = HashSet::from([root]);
        let mut next = 0;
        while let Some(id) = found.get(next) {
            let below = self.children.get(id).into_iter().flatten().copied();
            let below = below.filter(|child| seen.insert(*child)).collect::<Vec<_>>();
            found.extend(below);
            next += 1;
        }
        found
    }

    /// Checks that a department, with all below it, can stand below another; `None` is a new department.
    pub fn check_parent(&self, id: Option<Uuid>, parent: Uuid, path: &str) -> Result<()> {
        if !self.parents.contains_key(&parent) {
            return Err(Violation::new(path, "DEPARTMENT_UNKNOWN", "give the id of a department").into());
        }
        if id.is_some_and(|id| id == parent || self.subtree(id).contains(&parent)) {
            let advice = "give a department that is not below this one";
            return Err(Violation::new(path, "DEPARTMENT_CYCLE", advice).into());
        }
        if self.depth(parent) + id.map_or(1, |id| self.height(id)) > DEEPEST {
            let advice =
                format!("give a department nearer to the top, {DEEPEST} can stand above one another");
            return Err(Violation::new(path, "DEPARTMENT_TOO_DEEP", advice).into());
        }
        Ok(())
    }

    /// How many departments lead from the top down to this one, both counted.
    fn depth(&self, id: Uuid) -> usize {
        let above = |id: &Uuid| self.parents.get(id).copied().flatten();
        // One more than the limit is answer enough, and ends the walk whatever the data is.
        std::iter::successors(Some(id), above).take(DEEPEST + 1).count()
    }

    /// How many departments lead from this one down to the lowest, both counted.
    fn height(&self, id: Uuid) -> usize {
        let mut level = vec![id];
        let mut height = 0;
        while !level.is_empty() && height <= DEEPEST {
            level = level.iter().filter_map(|id| self.children.get(id)).flatten().copied().collect();
            height += 1;
        }
        height
    }
}

#[cfg(test)]
mod tests {
    use crm_kit::error::Error;
    use proptest::prelude::*;

    use super::*;

    fn id(number: usize) -> Uuid {
        Uuid::from_u128(number as u128)
    }

    /// A chain of departments, each below the one before.
    fn chain(length: usize) -> Tree {
        Tree::new((0..length).map(|number| (id(number), number.checked_sub(1).map(id))))
    }

    fn fault(result: Result<()>) -> Option<&'static str> {
        match result {
            Err(Error::Invalid(found)) => Some(found[0].reason),
            _ => None,
        }
    }

    #[test]
    fn a_subtree_is_a_department_and_all_below_it() {
        let tree = Tree::new([
            (id(1), None),
            (id(2), Some(id(1))),
            (id(3), Some(id(1))),
            (id(4), Some(id(2))),
            (id(5), None),
        ]);
        assert_eq!(tree.subtree(id(1)), [id(1), id(2), id(3), id(4)]);
        assert_eq!(tree.subtree(id(2)), [id(2), id(4)]);
        assert_eq!(tree.subtree(id(5)), [id(5)]);
        assert!(tree.subtree(id(6)).is_empty());
    }

    #[test]
    fn a_department_cannot_stand_below_itself() {
        let tree = chain(4);
        assert_eq!(fault(tree.check_parent(Some(id(1)), id(1), "p")), Some("DEPARTMENT_CYCLE"));
        assert_eq!(fault(tree.check_parent(Some(id(1)), id(3), "p")), Some("DEPARTMENT_CYCLE"));
        assert_eq!(fault(tree.check_parent(Some(id(3)), id(0), "p")), None);
        assert_eq!(fault(tree.check_parent(None, id(9), "p")), Some("DEPARTMENT_UNKNOWN"));
    }

    #[test]
    fn a_tree_is_not_too_deep() {
        assert_eq!(fault(chain(49).check_parent(None, id(48), "p")), None);
        assert_eq!(fault(chain(50).check_parent(None, id(49), "p")), Some("DEPARTMENT_TOO_DEEP"));
        let two = Tree::new((0..60).map(|number| (id(number), (number % 30 != 0).then(|| id(number - 1)))));
        assert_eq!(fault(two.check_parent(Some(id(30)), id(19), "p")), None);
        assert_eq!(fault(two.check_parent(Some(id(30)), id(20), "p")), Some("DEPARTMENT_TOO_DEEP"));
    }

    #[test]
    fn data_that_is_no_tree_still_gets_an_answer() {
        let circle = Tree::new([(id(1), Some(id(2))), (id(2), Some(id(1)))]);
        assert_eq!(circle.subtree(id(1)), [id(1), id(2)]);
        assert_eq!(fault(circle.check_parent(None, id(1), "p")), Some("DEPARTMENT_TOO_DEEP"));
        assert_eq!(circle.height(id(1)), DEEPEST + 1);
    }

    proptest! {
        #[test]
        fn moves_that_are_allowed_keep_a_tree(moves in prop::collection::vec((0..20_usize, 0..20_usize), 0..100)) {
            let mut parents = (0..20).map(|number| (id(number), None)).collect::<HashMap<_, _>>();
            for (child, parent) in moves {
                let tree = Tree::new(parents.clone());
                if tree.check_parent(Some(id(child)), id(parent), "p").is_ok() {
                    parents.insert(id(child), Some(id(parent)));
                }
            }
            let tree = Tree::new(parents.clone());
            // Every department stands below exactly one top, so the subtrees of the tops are the whole.
            let tops = parents.iter().filter(|(_, parent)| parent.is_none());
            let mut reached = tops.flat_map(|(top, _)| tree.subtree(*top)).collect::<Vec<_>>();
            reached.sort();
            prop_assert_eq!(reached, (0..20).map(id).collect::<Vec<_>>());
            for (child, parent) in &parents {
                if let Some(parent) = parent {
                    prop_assert!(tree.subtree(*parent).contains(child));
                    prop_assert!(!tree.subtree(*child).contains(parent));
                }
            }
        }
    }
}
