export default {
  kinds: {
    change: { one: "修改日志", many: "修改日志" },
    access_record: { one: "访问日志", many: "访问日志" },
  },
};
