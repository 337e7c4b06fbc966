//! The company that uses the suite: its departments and the people who work in them.

/// What the company is called.
pub const NAME: &str = "华腾科技 Huateng Technology";

/// A department of the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Department {
    /// The name.
    pub name: &'static str,
    /// The name of the department above, which stands earlier in the list.
    pub parent: Option<&'static str>,
}

/// A person who works for the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// The name that others see.
    pub display_name: &'static str,
    /// The e-mail address.
    pub email: &'static str,
    /// The name of the department.
    pub department: &'static str,
    /// The name of the built-in role.
    pub role: &'static str,
    /// The language.
    pub language: &'static str,
}

/// The departments, each after the one above it.
pub const DEPARTMENTS: &[Department] = &[
    Department { name: "销售部 Sales", parent: None },
    Department { name: EAST, parent: Some("销售部 Sales") },
    Department { name: NORTH, parent: Some("销售部 Sales") },
    Department { name: SOUTH, parent: Some("销售部 Sales") },
    Department { name: INTERNATIONAL, parent: Some("销售部 Sales") },
    Department { name: "市场部 Marketing", parent: None },
    Department { name: "客户服务部 Support", parent: None },
    Department { name: "财务部 Finance", parent: None },
];

pub(super) const EAST: &str = "华东区 Sales East";
pub(super) const NORTH: &str = "华北区 Sales North";
pub(super) const SOUTH: &str = "华南区 Sales South";
pub(super) const INTERNATIONAL: &str = "国际部 International";

/// The people.
pub const USERS: &[User] = &[
    user("陈志远", "chen.zhiyuan@huateng.example", "销售部 Sales", "Sales manager"),
    user("王丽华", "wang.lihua@huateng.example", EAST, "Sales manager"),
    user("李强", "li.qiang@huateng.example", EAST, "Sales representative"),
    user("张敏", "zhang.min@huateng.example", EAST, "Sales representative"),
    user("刘洋", "liu.yang@huateng.example", NORTH, "Sales manager"),
    user("赵磊", "zhao.lei@huateng.example", NORTH, "Sales representative"),
    user("黄婷婷", "huang.tingting@huateng.example", SOUTH, "Sales manager"),
    user("欧阳浩", "ouyang.hao@huateng.example", SOUTH, "Sales representative"),
    User {
        language: "en",
        ..user("Emma Clarke", "emma.clarke@huateng.example", INTERNATIONAL, "Sales manager")
    },
    User {
        language: "en",
        ..user("Daniel Weber", "daniel.weber@huateng.example", INTERNATIONAL, "Sales representative")
    },
    user("周雪", "zhou.xue@huateng.example", "市场部 Marketing", "Marketing"),
    user("吴刚", "wu.gang@huateng.example", "客户服务部 Support", "Support agent"),
    user("孙悦", "sun.yue@huateng.example", "财务部 Finance", "Finance"),
    user("林晓", "lin.xiao@huateng.example", "财务部 Finance", "Read-only"),
];

const fn user(
    display_name: &'static str,
    email: &'static str,
    department: &'static str,
    role: &'static str,
) -> User {
    User { display_name, email, department, role, language: "zh-CN" }
}
