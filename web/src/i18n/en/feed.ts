export default {
  kinds: {
    change: { one: "Change log", many: "Change log" },
    access_record: { one: "Access log", many: "Access log" },
  },
};
