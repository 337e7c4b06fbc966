import {
  ApartmentOutlined as ApartmentLine,
  ArrowDownOutlined as ArrowDownLine,
  ArrowUpOutlined as ArrowUpLine,
  AuditOutlined as AuditLine,
  BankOutlined as BankLine,
  CaretDownFilled as CaretDownSolid,
  CaretUpFilled as CaretUpSolid,
  BellOutlined as BellLine,
  ClockCircleOutlined as ClockCircleLine,
  CloudUploadOutlined as CloudUploadLine,
  DashboardOutlined as DashboardLine,
  DeleteOutlined as DeleteLine,
  DownOutlined as DownLine,
  DownloadOutlined as DownloadLine,
  EditOutlined as EditLine,
  EyeOutlined as EyeLine,
  FilterOutlined as FilterLine,
  FormOutlined as FormLine,
  FundOutlined as FundLine,
  GlobalOutlined as GlobalLine,
  KeyOutlined as KeyLine,
  IdcardOutlined as IdcardLine,
  NodeIndexOutlined as NodeIndexLine,
  LeftOutlined as LeftLine,
  LoadingOutlined as LoadingLine,
  MenuOutlined as MenuLine,
  MessageOutlined as MessageLine,
  PlusOutlined as PlusLine,
  ProjectOutlined as ProjectLine,
  QuestionCircleOutlined as QuestionCircleLine,
  RightOutlined as RightLine,
  SafetyCertificateOutlined as SafetyCertificateLine,
  SafetyOutlined as SafetyLine,
  SearchOutlined as SearchLine,
  SettingOutlined as SettingLine,
  StarFilled as StarSolid,
  StarOutlined as StarLine,
  SwapOutlined as SwapLine,
  TableOutlined as TableLine,
  TagOutlined as TagLine,
  TeamOutlined as TeamLine,
  TrophyOutlined as TrophyLine,
  UserAddOutlined as UserAddLine,
  UserOutlined as UserLine,
} from "@ant-design/icons";
import type { ComponentProps, ComponentType } from "react";

type Icon = ComponentType<ComponentProps<typeof PlusLine>>;

/** Makes an icon say nothing: its name would be read aloud before the words that stand beside it. */
function quiet(Sign: Icon): Icon {
  return function QuietIcon(props) {
    return <Sign aria-hidden {...props} />;
  };
}

export const ApartmentOutlined = quiet(ApartmentLine);
export const ArrowDownOutlined = quiet(ArrowDownLine);
export const ArrowUpOutlined = quiet(ArrowUpLine);
export const AuditOutlined = quiet(AuditLine);
export const BankOutlined = quiet(BankLine);
export const CaretDownFilled = quiet(CaretDownSolid);
export const CaretUpFilled = quiet(CaretUpSolid);
export const ClockCircleOutlined = quiet(ClockCircleLine);
export const CloudUploadOutlined = quiet(CloudUploadLine);
export const DeleteOutlined = quiet(DeleteLine);
export const DownOutlined = quiet(DownLine);
export const DownloadOutlined = quiet(DownloadLine);
export const EditOutlined = quiet(EditLine);
export const EyeOutlined = quiet(EyeLine);
export const FilterOutlined = quiet(FilterLine);
export const GlobalOutlined = quiet(GlobalLine);
export const KeyOutlined = quiet(KeyLine);
export const LeftOutlined = quiet(LeftLine);
export const LoadingOutlined = quiet(LoadingLine);
export const MenuOutlined = quiet(MenuLine);
export const MessageOutlined = quiet(MessageLine);
export const PlusOutlined = quiet(PlusLine);
export const QuestionCircleOutlined = quiet(QuestionCircleLine);
export const RightOutlined = quiet(RightLine);
export const SafetyCertificateOutlined = quiet(SafetyCertificateLine);
export const SafetyOutlined = quiet(SafetyLine);
export const SearchOutlined = quiet(SearchLine);
export const SettingOutlined = quiet(SettingLine);
export const StarFilled = quiet(StarSolid);
export const StarOutlined = quiet(StarLine);
export const TableOutlined = quiet(TableLine);
export const TeamOutlined = quiet(TeamLine);
export const UserAddOutlined = quiet(UserAddLine);
export const UserOutlined = quiet(UserLine);
export const BellOutlined = quiet(BellLine);
export const DashboardOutlined = quiet(DashboardLine);
export const FormOutlined = quiet(FormLine);
export const FundOutlined = quiet(FundLine);
export const IdcardOutlined = quiet(IdcardLine);
export const NodeIndexOutlined = quiet(NodeIndexLine);
export const ProjectOutlined = quiet(ProjectLine);
export const SwapOutlined = quiet(SwapLine);
export const TagOutlined = quiet(TagLine);
export const TrophyOutlined = quiet(TrophyLine);
