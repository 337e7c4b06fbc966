//! Which department is below which.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::store::department::Model;

/// The departments of an organization.
#[derive(Default)]
pub struct DepartmentTree {
    departments: BTreeMap<Uuid, Model>,
    children: BTreeMap<Uuid, Vec<Uuid>>,
}

impl DepartmentTree {
    /// The tree of some departments.
    pub fn new(departments: Vec<Model>) -> Self {
        let mut children = BTreeMap::<Uuid, Vec<Uuid>>::new();
        for department in &departments {
            if let Some(parent) = department.parent_id {
                children.entry(parent).or_default().push(department.id);
            }
        }
        let departments = departments.into_iter().map(|department| (department.id, department)).collect();
        Self { departments, children }
    }

    /// The department of an id.
    pub fn get(&self, id: Uuid) -> Option<&Model> {
        self.departments.get(&id)
    }

    /// The name of a department; empty if it is not known.
    pub fn name(&self, id: Uuid) -> String {
        self.get(id).map(|department| department.name.clone()).unwrap_or_default()
    }

    /// All departments.
    pub fn ids(&self) -> impl Iterator<Item = Uuid> {
        self.departments.keys().copied()
    }

    /// A department and all below it. Each is met once, even while the copy of a move that is half known goes in circles.
    pub fn below(&self, id: Uuid) -> BTreeSet<Uuid> {
        let (mut found, mut next) = (BTreeSet::new(), vec![id]);
        while let Some(id) = next.pop() {
            if found.insert(id) {
                next.extend(self.children.get(&id).into_iter().flatten());
            }
        }
        found
    }

    /// A department and all above it, from the lowest to the highest.
    pub fn above(&self, id: Uuid) -> Vec<Uuid> {
        let mut found = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next.filter(|id| !found.contains(id)) {
            found.push(id);
            next = self.get(id).and_then(|department| department.parent_id);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(edges: &[(u128, Option<u128>)]) -> DepartmentTree {
        let department = |(id, parent): &(u128, Option<u128>)| Model {
            id: Uuid::from_u128(*id),
            parent_id: parent.map(Uuid::from_u128),
            ..Model::default()
        };
        DepartmentTree::new(edges.iter().map(department).collect())
    }

    fn numbers(ids: impl IntoIterator<Item = Uuid>) -> Vec<u128> {
        ids.into_iter().map(|id| id.as_u128()).collect()
    }

    #[test]
    fn a_department_has_some_above_and_some_below() {
        let tree = tree(&[(1, None), (2, Some(1)), (3, Some(1)), (4, Some(2))]);
        assert_eq!(numbers(tree.below(Uuid::from_u128(2))), [2, 4]);
        assert_eq!(numbers(tree.below(Uuid::from_u128(1))), [1, 2, 3, 4]);
        assert_eq!(numbers(tree.below(Uuid::from_u128(9))), [9]);
        assert_eq!(numbers(tree.above(Uuid::from_u128(4))), [4, 2, 1]);
    }

    #[test]
    fn a_circle_has_an_end() {
        let tree = tree(&[(1, Some(2)), (2, Some(1))]);
        assert_eq!(numbers(tree.below(Uuid::from_u128(1))), [1, 2]);
        assert_eq!(numbers(tree.above(Uuid::from_u128(1))), [1, 2]);
    }
}
