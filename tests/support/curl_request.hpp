#pragma once
#include "tests/support/http_client.hpp"

#include <curl/curl.h>

namespace throughline {

/// What the clients of this folder share: a libcurl handle whose answer goes into `reply`.
class CurlRequest {
  public:
    CurlRequest();
    ~CurlRequest();
    CurlRequest(const CurlRequest&) = delete;
    CurlRequest& operator=(const CurlRequest&) = delete;

    /// Sets the handle up for one exchange; the connection of the last one is kept.
    void prepare(const std::string& method, const std::string& url, const HttpHeaders& headers);

    CURL* handle = nullptr;
    HttpReply reply;

  private:
    curl_slist* lines_ = nullptr;
};

} // namespace throughline
