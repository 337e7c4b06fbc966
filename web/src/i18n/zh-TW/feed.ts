export default {
  kinds: {
    change: { one: "修改日誌", many: "修改日誌" },
    access_record: { one: "訪問日誌", many: "訪問日誌" },
  },
};
