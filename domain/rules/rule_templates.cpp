#include "domain/rules/rule_templates.hpp"

#include <algorithm>
#include <array>

namespace throughline::rules {

namespace {

constexpr std::array templates = {
    RuleTemplate{"new_lead_welcome", R"({
"name": "Welcome a new lead",
"description": "Gives the lead's owner a task to call, and sends the lead a welcome by email.",
"trigger": {"type": "event", "event": "lead.created"},
"conditions": [],
"actions": [
  {"type": "task.create", "task_data": {
    "title": "Call {{lead.name}}", "lead_id": "{{lead.id}}", "assignee_id": "{{lead.owner_id}}",
    "due_date": "{{date_add_days:1}}", "priority": "high"}},
  {"type": "email.send", "to_email": "{{lead.email}}", "subject": "Welcome to {{company_name}}",
   "body": "Hello {{lead.name}},\n\nthank you for your interest. We will be in touch shortly.\n\n{{company_name}}"}
]})"},
    RuleTemplate{"deal_won_project", R"({
"name": "Start a project for a won deal",
"description": "Tells the deal's owner that it was won, and plans a project for it.",
"trigger": {"type": "event", "event": "deal.won"},
"conditions": [],
"actions": [
  {"type": "notification.send", "recipient": "{{deal.owner_id|or:user_id}}", "title": "Deal won",
   "message": "{{deal.name}} was won: {{value|number:2}} {{deal.currency}}"},
  {"type": "project.create", "project_data": {
    "name": "{{deal.name}}", "description": "From the deal {{deal.name}}, won on {{today}}.",
    "organization_id": "{{deal.organization_id}}", "owner_id": "{{deal.owner_id}}"}}
]})"},
    RuleTemplate{"task_due_tomorrow", R"({
"name": "Remind of a task that is due tomorrow",
"description": "Notifies the task's assignee, or its owner, a day ahead.",
"trigger": {"type": "event", "event": "task.due_soon", "lead_time": "1d"},
"conditions": [{"operator": "not_in", "field": "task.status", "value": ["completed", "cancelled"]}],
"actions": [
  {"type": "notification.send", "recipient": "{{task.assignee_id|or:task.owner_id}}",
   "title": "Task due soon", "message": "{{task.name}} is due on {{task.due_date}}"}
]})"},
    RuleTemplate{"activity_completed_update_deal", R"({
"name": "Note a completed activity on its deal",
"description": "Keeps the last activity, and when it was, in the metadata of the deal.",
"trigger": {"type": "event", "event": "activity.completed"},
"conditions": [{"operator": "exists", "field": "activity.deal_id"}],
"actions": [
  {"type": "deal.update", "id": "{{activity.deal_id}}", "changes": {"metadata": {
    "last_activity": "{{activity.subject}}", "last_activity_at": "{{now}}"}}}
]})"},
    RuleTemplate{"lead_follow_up", R"({
"name": "Follow up a lead after three days",
"description": "Three days after a lead came in, its owner is reminded to look whether anybody spoke to it.",
"trigger": {"type": "event", "event": "lead.created"},
"conditions": [{"operator": "equals", "field": "lead.status", "value": "new"}],
"actions": [
  {"type": "delay", "for": "3d"},
  {"type": "task.create", "task_data": {
    "title": "Has anybody spoken to {{lead.name}}?", "lead_id": "{{lead.id}}",
    "assignee_id": "{{lead.owner_id}}", "due_date": "{{date_add_days:3}}"}}
]})"},
    RuleTemplate{"high_value_deal_alert", R"({
"name": "Tell of a deal of high value",
"description": "When a deal's value rises above the tenant's high_value_threshold, its owner is told and a review is planned.",
"trigger": {"type": "event", "event": "deal.high_value"},
"conditions": [],
"actions": [
  {"type": "notification.send", "recipient": "{{deal.owner_id|or:user_id}}",
   "title": "High-value deal",
   "message": "New high-value opportunity: {{opportunity_name}} - {{value|number:2}} {{deal.currency}}"},
  {"type": "task.create", "task_data": {
    "title": "Review {{deal.name}} with the team", "deal_id": "{{deal.id}}",
    "assignee_id": "{{deal.owner_id}}", "due_date": "{{date_add_days:2}}", "priority": "high"}}
]})"},
    RuleTemplate{"lost_deal_survey", R"({
"name": "Ask why a deal was lost",
"description": "A day after a deal was lost, its contact is asked for a word about it.",
"trigger": {"type": "event", "event": "deal.lost"},
"conditions": [{"operator": "exists", "field": "contact.email"}],
"actions": [
  {"type": "delay", "for": "1d"},
  {"type": "email.send", "to_email": "{{contact.email}}",
   "subject": "How could we have done better?",
   "body": "Hello {{contact.first_name}},\n\nwe are sorry that {{deal.name}} did not come about. In a sentence or two: what decided it?\n\n{{company_name}}"}
]})"},
    RuleTemplate{"proposal_follow_up", R"({
"name": "Follow up a proposal",
"description": "When a deal moves to proposal, its owner has a task to ask for an answer three days later.",
"trigger": {"type": "event", "event": "deal.stage_changed"},
"conditions": [{"operator": "changed_to", "field": "deal.stage", "value": "proposal"}],
"actions": [
  {"type": "task.create", "task_data": {
    "title": "Ask for an answer to the proposal {{deal.name}}", "deal_id": "{{deal.id}}",
    "contact_id": "{{deal.contact_id}}", "assignee_id": "{{deal.owner_id}}",
    "due_date": "{{date_add_days:3}}"}}
]})"},
    RuleTemplate{"contact_becomes_customer", R"({
"name": "Welcome a new customer",
"description": "When a contact becomes a customer, its owner is told and has a task to introduce the team.",
"trigger": {"type": "event", "event": "contact.status_changed"},
"conditions": [{"operator": "changed_to", "field": "contact.status", "value": "customer"}],
"actions": [
  {"type": "notification.send", "recipient": "{{contact.owner_id|or:user_id}}",
   "title": "New customer", "message": "{{contact.name}} is a customer now"},
  {"type": "task.create", "task_data": {
    "title": "Introduce the team to {{contact.name}}", "contact_id": "{{contact.id}}",
    "assignee_id": "{{contact.owner_id}}", "due_date": "{{date_add_days:5}}"}}
]})"},
    RuleTemplate{"weekly_pipeline_review", R"({
"name": "Review the pipeline every week",
"description": "Makes a task every Monday at eight; it belongs to the rule's owner.",
"trigger": {"type": "cron", "cron": "0 8 * * mon", "timezone": "UTC"},
"conditions": [],
"actions": [
  {"type": "task.create", "task_data": {
    "title": "Review the pipeline of {{company_name}}",
    "description": "Which deals have stood still, which dates have passed?",
    "due_date": "{{today}}", "priority": "high"}}
]})"},
    RuleTemplate{"webhook_to_task", R"({
"name": "Make a task of an inbound webhook",
"description": "What another system sends to the rule's own address becomes a task of the rule's owner.",
"trigger": {"type": "webhook"},
"conditions": [],
"actions": [
  {"type": "task.create", "task_data": {
    "title": "{{payload.title|default:A request came in}}",
    "description": "{{payload|json}}", "due_date": "{{today}}"}}
]})"},
    RuleTemplate{"answer_message", R"({
"name": "Answer a message that came in",
"description": "Makes a task for the owner of the message, due the same day.",
"trigger": {"type": "event", "event": "message.received"},
"conditions": [],
"actions": [
  {"type": "task.create", "task_data": {
    "title": "Answer {{message.from|default:a message}}",
    "description": "{{message.body|truncate:500}}", "contact_id": "{{message.contact_id}}",
    "deal_id": "{{message.deal_id}}", "assignee_id": "{{message.owner_id}}",
    "due_date": "{{today}}"}}
]})"},
    RuleTemplate{"activity_reminder", R"({
"name": "Remind of an activity an hour ahead",
"description": "Notifies the owner of a call or a meeting that is planned.",
"trigger": {"type": "event", "event": "activity.due_soon", "lead_time": "1h"},
"conditions": [{"operator": "equals", "field": "activity.status", "value": "planned"}],
"actions": [
  {"type": "notification.send", "recipient": "{{activity.owner_id|or:user_id}}",
   "title": "Coming up", "message": "{{activity.subject}} at {{activity.due_at|date:HH:mm}}"}
]})"},
    RuleTemplate{"deal_won_webhook", R"({
"name": "Tell another system of a won deal",
"description": "Sends a signed webhook; put your own address in, and its host into http_allowlist.",
"trigger": {"type": "event", "event": "deal.won"},
"conditions": [],
"actions": [
  {"type": "webhook.publish", "url": "https://example.com/hooks/deals", "payload": {
    "deal_id": "{{deal.id}}", "name": "{{deal.name}}", "value": "{{value}}",
    "currency": "{{deal.currency}}", "won_at": "{{now}}"}}
]})"},
};

} // namespace

std::span<const RuleTemplate> rule_templates() { return templates; }

const RuleTemplate* find_rule_template(std::string_view key) {
    const auto found = std::ranges::find(templates, key, &RuleTemplate::key);
    return found == templates.end() ? nullptr : &*found;
}

} // namespace throughline::rules
