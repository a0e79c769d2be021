#include "domain/identity/forms.hpp"

#include "domain/identity/tenant.hpp"
#include "domain/identity/user.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <vector>

namespace throughline {

namespace {

constexpr std::size_t max_name = 255;
constexpr std::size_t min_password = 8;
constexpr std::size_t max_password = 1000;
constexpr std::size_t max_token = 1000;

/// Reads the members of a body one by one and keeps every fault found on the way.
class Form {
  public:
    explicit Form(const Json& body) : body_(body) {
        if (body.object() == nullptr)
            errors_.push_back({"", "invalid_type", "An object is expected."});
    }

    std::string text(const std::string& name, std::size_t most) {
        const auto value = optional(name, most);
        if (!value && body_.object() != nullptr) fault(name, "required", "It is required.");
        return value.value_or("");
    }

    std::optional<std::string> optional(const std::string& name, std::size_t most) {
        known_.push_back(name);
        const Json* value = body_.find(name);
        if (value == nullptr || value->is_null()) return std::nullopt;
        if (value->string() == nullptr)
            fault(name, "invalid_type", "A text is expected.");
        else if (length_in_characters(*value->string()) > most)
            fault(name, "too_large", "At most " + std::to_string(most) + " characters.");
        else
            return *value->string();
        return std::string();
    }

    /// Whether the member is there and not null.
    bool has(const std::string& name) {
        known_.push_back(name);
        const Json* const value = body_.find(name);
        return value != nullptr && !value->is_null();
    }

    std::string trimmed_text(const std::string& name) {
        const std::string value = trimmed(text(name, max_name));
        if (value.empty() && !is_faulty(name)) fault(name, "required", "It may not be empty.");
        return value;
    }

    std::string address(const std::string& name) {
        const std::string value = trimmed_text(name);
        if (!is_faulty(name) && !looks_like_email(value))
            fault(name, "invalid_format", "An email address is expected.");
        return value;
    }

    std::string role(const std::string& name) {
        const std::string value = trimmed_text(name);
        if (!is_faulty(name) && !is_role(value))
            fault(name, "invalid_choice", "There is no such role.");
        return value;
    }

    std::string chosen_password(const std::string& name) {
        const std::string value = text(name, max_password);
        if (length_in_characters(value) < min_password && !is_faulty(name))
            fault(name, "invalid_format", "At least 8 characters.");
        return value;
    }

    void fault(const std::string& name, std::string code, std::string detail) {
        errors_.push_back({"/" + name, std::move(code), std::move(detail)});
    }
    [[nodiscard]] bool is_faulty(const std::string& name) const {
        return std::any_of(errors_.begin(), errors_.end(),
                           [&](const FieldError& error) { return error.where == "/" + name; });
    }

    /// Names what nobody asked for; then `value` where there was no fault at all.
    template <class T> Result<T> finish(T value) {
        if (const auto* members = body_.object())
            for (const auto& member : *members)
                if (std::find(known_.begin(), known_.end(), member.name) == known_.end()) {
                    std::string pointer = "/";
                    append_pointer_token(pointer, member.name);
                    errors_.push_back(
                        {std::move(pointer), "unknown_field", "There is no such field."});
                }
        if (!errors_.empty()) return invalid(std::move(errors_));
        return value;
    }

  private:
    const Json& body_;
    std::vector<std::string> known_;
    std::vector<FieldError> errors_;
};

} // namespace

Result<Registration> read_registration(const Json& body) {
    Form form(body);
    Registration read;
    read.tenant_name = form.trimmed_text("tenant_name");
    read.tenant_slug = form.optional("tenant_slug", max_name);
    if (read.tenant_slug && !form.is_faulty("tenant_slug") && !is_slug(*read.tenant_slug))
        form.fault("tenant_slug", "invalid_format", "1 to 63 of a-z, 0-9 and inner dashes.");
    read.name = form.trimmed_text("name");
    read.email = form.address("email");
    read.password = form.chosen_password("password");
    return form.finish(std::move(read));
}

Result<SignIn> read_sign_in(const Json& body) {
    Form form(body);
    SignIn read;
    read.email = form.text("email", max_name);
    read.password = form.text("password", max_password);
    return form.finish(std::move(read));
}

Result<PasswordChange> read_password_change(const Json& body) {
    Form form(body);
    PasswordChange read;
    read.current_password = form.text("current_password", max_password);
    read.new_password = form.chosen_password("new_password");
    return form.finish(std::move(read));
}

Result<NewMember> read_new_member(const Json& body) {
    Form form(body);
    NewMember read;
    read.name = form.trimmed_text("name");
    read.email = form.address("email");
    read.role = form.role("role");
    if (form.has("password")) read.password = form.chosen_password("password");
    return form.finish(std::move(read));
}

Result<InvitationForm> read_invitation(const Json& body) {
    Form form(body);
    InvitationForm read;
    read.email = form.address("email");
    read.role = form.role("role");
    return form.finish(std::move(read));
}

Result<Acceptance> read_acceptance(const Json& body) {
    Form form(body);
    Acceptance read;
    read.token = form.text("token", max_token);
    read.name = form.trimmed_text("name");
    read.password = form.chosen_password("password");
    return form.finish(std::move(read));
}

Result<PasswordReset> read_password_reset(const Json& body) {
    Form form(body);
    PasswordReset read;
    read.token = form.text("token", max_token);
    read.password = form.chosen_password("password");
    return form.finish(std::move(read));
}

Result<std::string> read_reset_request(const Json& body) {
    Form form(body);
    std::string email = form.address("email");
    return form.finish(std::move(email));
}

Result<std::string> read_refresh_token(const Json& body) {
    Form form(body);
    std::string token = form.text("refresh_token", max_token);
    return form.finish(std::move(token));
}

} // namespace throughline
