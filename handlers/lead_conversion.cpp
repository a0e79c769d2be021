#include "handlers/lead_conversion.hpp"

#include "bus/ids.hpp"
#include "domain/lead.hpp"
#include "domain/record/ownership.hpp"
#include "domain/record/value.hpp"
#include "handlers/references.hpp"
#include "handlers/survivor.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

/// The lead's fields under these names of the new record; what is unset is left out.
JsonObject taken_over(const Record& lead,
                      std::initializer_list<std::pair<std::string_view, std::string_view>> names) {
    JsonObject fields;
    for (const auto& [theirs, ours] : names)
        if (Json value = value_of(lead.fields, ours); !value.is_null())
            fields.append(theirs, std::move(value));
    return fields;
}

JsonObject owner_of(const Record& lead) { return taken_over(lead, {{"owner_id", "owner_id"}}); }

/// What the body says of the new deal, and what follows from the lead; null for none.
Json deal_fields(const Record& lead, const Json& body) {
    const Json* const given = body.find("deal");
    if (given != nullptr && given->object() == nullptr) return {};
    JsonObject fields = given == nullptr ? JsonObject{} : *given->object();
    const Json company = value_of(lead.fields, "company");
    if (!fields.contains("name"))
        fields.append("name", company.is_null() ? value_of(lead.fields, "name") : company);
    if (!fields.contains("owner_id") && !fields.contains("owner"))
        if (Json owner = value_of(lead.fields, "owner_id"); !owner.is_null())
            fields.append("owner_id", std::move(owner));
    return fields;
}

/// What the lead's own fields refer to, for the contact's fields of the same names and targets. In
/// a key that is free in leads, nobody ever looked at what is meant.
Json vouched_for(const Kind& lead, const Kind& contact, const Json& metadata) {
    JsonObject known;
    for (const Field& own : lead.custom) {
        const auto theirs = std::ranges::find(contact.custom, own.name, &Field::name);
        const Json* const value = metadata.find(own.name);
        if (value != nullptr && own.type == FieldType::reference &&
            theirs != contact.custom.end() && theirs->target == own.target)
            known.append(own.name, *value);
    }
    return known;
}

/// An import of cards keeps in a lead's metadata what only contacts have a field for: it becomes
/// that, where it is a value of it and nothing of the lead's own.
void take_from_metadata(JsonObject& fields, const Kind& lead, const Kind& contact) {
    const Json metadata = value_of(fields, "metadata");
    if (metadata.object() == nullptr) return;
    JsonObject rest = *metadata.object();
    for (const std::string name : {"job_position", "tags"}) {
        const Field& field = *contact.field(name);
        const Json* const kept = metadata.find(name);
        const bool is_own = std::ranges::find(lead.custom, name, &Field::name) != lead.custom.end();
        if (kept == nullptr || is_own) continue;
        std::vector<FieldError> faults;
        auto value = normal_value(field, *kept, "/" + name, faults);
        if (!value || *value == empty_value(field)) continue;
        fields.append(name, std::move(*value));
        rest.erase(name);
    }
    fields.set("metadata", std::move(rest));
}

void move_below(Rejection& rejection, const std::string& pointer) {
    for (FieldError& error : rejection.errors) error.where = pointer + error.where;
}

} // namespace

/// What a conversion writes besides the lead, and with what the lead is linked.
struct LeadConversion::Plan {
    std::vector<StreamWrite> writes;
    JsonObject links; // contact_id, organization_id, deal_id

    void add(StreamWrite write) {
        const bool is_there = std::ranges::any_of(
            writes, [&](const StreamWrite& each) { return each.stream == write.stream; });
        if (!is_there) writes.push_back(std::move(write));
    }
};

/// A new record; it refers to what is linked so far. What of it was `taken` from the lead need not
/// be there any more: its owner may have left.
std::optional<Rejection> LeadConversion::add(Plan& plan, const CommandContext& context,
                                             const std::string& kind_name, const Json& fields,
                                             const JsonObject& taken, const std::string& pointer,
                                             Time at) const {
    Kind kind = *commands_.declared(context.tenant, *registry_.find(kind_name));
    if (kind_name == "contact") // nobody is asked for more than the lead has
        for (Field& custom : kind.custom) custom.is_required = false;
    auto draft = check_create(kind, fields);
    if (!draft) {
        Rejection rejection = draft.error();
        move_below(rejection, pointer);
        return rejection;
    }
    auto resolved = ReferenceResolver(store_, registry_).resolve(context, at, kind, *draft, taken);
    if (!resolved) {
        Rejection rejection = resolved.error();
        move_below(rejection, pointer);
        return rejection;
    }
    for (const JsonMember& link : plan.links)
        if (kind.field(link.name) != nullptr && !resolved->values.contains(link.name))
            resolved->values.append(link.name, link.value);
    for (StreamWrite& write : resolved->created) plan.add(std::move(write));
    const Uuid id = new_id();
    Record record;
    plan.add(to_write(context.tenant, kind, id, record,
                      decide_create(kind, resolved->values, context.creator()), at));
    if (!plan.links.contains("organization_id"))
        if (const Json* const of = record.fields.find("organization_id");
            of != nullptr && !of->is_null())
            plan.links.append("organization_id", *of);
    plan.links.append(kind_name + "_id", to_string(id));
    return std::nullopt;
}

/// The linked contact's own organization, as far as the caller sees it, else the lead's company.
std::optional<Rejection> LeadConversion::link_organization(Plan& plan,
                                                           const CommandContext& context,
                                                           const Record& lead, Time at) const {
    const Kind& kind = *registry_.find("contact");
    const Field& field = *kind.field("organization_id");
    const Kind form{kind.name, kind.plural, {field}};
    const auto resolve = [&](const Draft& draft) {
        return ReferenceResolver(store_, registry_).resolve(context, at, form, draft, {});
    };
    const std::array key{StreamKey{kind.name, uuid_of(*plan.links.find("contact_id")->string())}};
    const StreamHead head = store_.heads(context.tenant, key).front();
    const Record contact = record_from_state(kind, head.state, head.version, head.archived);
    const Json own = value_of(contact.fields, field.name);
    if (!own.is_null() && sees(context.caller, kind, head.state))
        if (const auto found = resolve({{{field.name, own}}, {}, {}})) {
            plan.links.append(field.name, *found->values.find(field.name));
            return std::nullopt;
        }
    const Json company = value_of(lead.fields, "company");
    if (company.is_null()) return std::nullopt;
    auto found = resolve({{}, {{field.name, company}}, {}});
    if (!found) return found.error();
    plan.links.append(field.name, *found->values.find(field.name));
    for (StreamWrite& write : found->created) plan.add(std::move(write));
    return std::nullopt;
}

/// The records that the body or the lead names already.
std::optional<Rejection> LeadConversion::link(Plan& plan, const CommandContext& context,
                                              const Json& body) const {
    std::vector<FieldError> errors;
    for (const std::string kind : {"contact", "organization"}) {
        const std::string member = kind + "_id";
        const Json* const id = body.find(member);
        if (id == nullptr || id->is_null()) continue;
        const Field field = reference(member, kind);
        const auto value = normal_value(field, *id, "/" + member, errors);
        if (!value) continue;
        const Kind link{kind, kind, {field}};
        auto found = ReferenceResolver(store_, registry_)
                         .resolve(context, {}, link, Draft{{{member, *value}}, {}, {}}, {});
        if (found)
            plan.links.append(member, *found->values.find(member)); // who stands for it now
        else
            for (const FieldError& error : found.error().errors) errors.push_back(error);
    }
    return errors.empty() ? std::nullopt : std::optional(invalid(std::move(errors)));
}

/// What the lead is linked with already, but for what the body names instead and what is gone.
JsonObject LeadConversion::links_that_stand(const CommandContext& context, const Record& lead,
                                            const Json& body) const {
    JsonObject links =
        taken_over(lead, {{"contact_id", "contact_id"}, {"organization_id", "organization_id"}});
    for (const std::string kind : {"contact", "organization"}) {
        const std::string member = kind + "_id";
        const Json* const given = body.find(member);
        const Json* const own = links.find(member);
        if (own == nullptr) continue;
        const std::array key{StreamKey{kind, uuid_of(*own->string())}};
        const StreamHead stands =
            survivor_of(store_, context.tenant, store_.heads(context.tenant, key).front());
        if ((given != nullptr && !given->is_null()) || stands.version == 0 || stands.archived)
            links.erase(member);
        else
            links.set(member, to_string(stands.stream.id));
    }
    return links;
}

/// Of what the lead says; in the organization that it names, where none is linked.
std::optional<Rejection> LeadConversion::add_contact(Plan& plan, const CommandContext& context,
                                                     const Record& lead, Time at) const {
    JsonObject fields = taken_over(lead, {{"name", "name"},
                                          {"email", "email"},
                                          {"phone", "phone"},
                                          {"owner_id", "owner_id"},
                                          {"metadata", "metadata"}});
    const Json company = value_of(lead.fields, "company");
    if (!company.is_null() && !plan.links.contains("organization_id"))
        fields.append("organization", company);
    const auto leads = commands_.declared(context.tenant, *registry_.find("lead"));
    const auto contacts = commands_.declared(context.tenant, *registry_.find("contact"));
    take_from_metadata(fields, *leads, *contacts);
    JsonObject taken = owner_of(lead);
    taken.append("metadata", vouched_for(*leads, *contacts, value_of(lead.fields, "metadata")));
    return add(plan, context, "contact", fields, taken, "", at);
}

Result<LeadConversion::Plan> LeadConversion::plan(const CommandContext& context, const Record& lead,
                                                  const Json& body, Time at) const {
    Plan plan;
    plan.links = links_that_stand(context, lead, body);
    if (auto rejection = link(plan, context, body)) return *rejection;
    if (!plan.links.contains("contact_id")) {
        if (auto rejection = add_contact(plan, context, lead, at)) return *rejection;
    } else if (!plan.links.contains("organization_id")) {
        if (auto rejection = link_organization(plan, context, lead, at)) return *rejection;
    }
    const Json deal = deal_fields(lead, body);
    if (!deal.is_null())
        if (auto rejection = add(plan, context, "deal", deal, owner_of(lead), "/deal", at))
            return *rejection;
    return plan;
}

Result<PendingWrite> LeadConversion::convert(const CommandContext& context, const Uuid& lead,
                                             const Json& body) const {
    if (!context.caller.may(Permission::records_create))
        return forbidden(Permission::records_create);
    return commands_.decide(
        context, *registry_.find("lead"), lead,
        [this, body](const CommandContext& given, const Record& record,
                     Time at) -> Result<RecordDecision> {
            if (value_of(record.fields, "status") == Json(converted_status))
                return Rejection{Refusal::conflict, "The lead is converted already."};
            auto planned = plan(given, record, body, at);
            if (!planned) return planned.error();
            JsonObject values = planned->links;
            values.append("status", converted_status);
            auto events = decide_update(*registry_.find("lead"), record, values);
            if (!events) return events.error();
            return RecordDecision{std::move(*events), std::move(planned->writes)};
        });
}

} // namespace throughline
